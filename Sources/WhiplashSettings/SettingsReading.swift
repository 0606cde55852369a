/// One pass over the values: gives what is right, or a default, and remembers what is wrong.
struct SettingsReading {
    private let values: [String: String]
    private(set) var problems: [SettingsError.Problem] = []

    init(_ values: [String: String]) { self.values = values }

    /// What is set under a key, nil when nothing or nothing but an empty text is.
    func value(_ key: SettingKey) -> String? {
        values[key.name].flatMap { $0.isEmpty ? nil : $0 }
    }

    func text(_ key: SettingKey) -> String { value(key) ?? key.defaultValue ?? "" }

    mutating func require(_ key: SettingKey) {
        if value(key) == nil { refuse(key, expected: "a value") }
    }

    mutating func integer(_ key: SettingKey, in range: ClosedRange<Int>) -> Int {
        if let number = Int(text(key)), range.contains(number) { return number }
        refuse(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        return range.lowerBound
    }

    mutating func optionalInteger(_ key: SettingKey, in range: ClosedRange<Int>) -> Int? {
        value(key) == nil ? nil : integer(key, in: range)
    }

    mutating func boolean(_ key: SettingKey) -> Bool {
        if let value = Bool(text(key)) { return value }
        refuse(key, expected: "true or false")
        return false
    }

    mutating func number(_ key: SettingKey, in range: ClosedRange<Double>) -> Double {
        if let number = Double(text(key)), range.contains(number) { return number }
        refuse(key, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        return range.lowerBound
    }

    /// A day as `2026-09-06`.
    mutating func date(_ key: SettingKey) -> String {
        let date = text(key)
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in part.utf8.allSatisfy(\.isDigit) ? Int(part) : nil }
        if parts.map(\.utf8.count) != [4, 2, 2] || numbers.count != 3 || !(1...12 ~= numbers[1])
            || !(1...31 ~= numbers[2])
        {
            refuse(key, expected: "a day such as 2026-09-06")
        }
        return date
    }

    /// Part of a table's name: the characters that every back end takes.
    mutating func name(_ key: SettingKey, lengths: ClosedRange<Int>) -> String {
        let name = text(key)
        if !lengths.contains(name.utf8.count) || !name.utf8.allSatisfy(\.isTableCharacter) {
            let length = "\(lengths.lowerBound) to \(lengths.upperBound)"
            refuse(key, expected: "\(length) letters, digits, '_', '.' or '-'")
        }
        return name
    }

    mutating func secret(_ key: SettingKey, lengths: ClosedRange<Int>) -> Secret? {
        guard let secret = value(key) else { return nil }
        if !lengths.contains(secret.utf8.count) || !secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            let length = "\(lengths.lowerBound) to \(lengths.upperBound)"
            refuse(key, expected: "\(length) visible ASCII characters")
        }
        return Secret(secret)
    }

    mutating func store(or fallback: Settings.StoreKind) -> Settings.StoreKind {
        guard let name = value(.store) else { return fallback }
        if let store = Settings.StoreKind(rawValue: name) { return store }
        refuse(
            .store, expected: "one of " + Settings.StoreKind.allCases.map(\.rawValue).joined(separator: ", "))
        return fallback
    }

    /// The first region that is set. It becomes part of a host's name, so only such characters may come.
    mutating func region(isAWS: Bool) -> String {
        for key in [SettingKey.region, .awsRegion, .awsDefaultRegion] {
            guard let region = value(key) else { continue }
            if !(1...63).contains(region.utf8.count) || !region.utf8.allSatisfy(\.isHostCharacter) {
                refuse(key, expected: "1 to 63 letters, digits or '-'")
            }
            return region
        }
        return isAWS ? "us-east-1" : "local"
    }

    private mutating func refuse(_ key: SettingKey, expected: String) {
        let received = value(key).map { key.isSecret ? "••• (\($0.utf8.count) bytes)" : "'\($0)'" }
        problems.append(SettingsError.Problem(key: key.name, expected: expected, received: received))
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    fileprivate var isHostCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    fileprivate var isTableCharacter: Bool {
        isHostCharacter || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
    }
}

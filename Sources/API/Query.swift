/// The query parameters of a call, each of which may stand there once.
struct Query {
    private var values: [String: String] = [:]

    /// - Throws: when a parameter is not known, or there twice.
    init(_ parameters: [(name: String, value: String)], known: [String]) throws(Problem) {
        for (name, value) in parameters {
            guard known.contains(name) else { throw Self.unknown(name, known) }
            guard values.updateValue(value, forKey: name) == nil else {
                throw .invalid(name, expected: "a parameter once", received: "it twice")
            }
        }
    }

    /// The text of a parameter; nil when it is missing or empty.
    func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// The parameter `group`; one that is there and empty is no group, and not the same as none.
    var group: String? { values["group"] }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = values[name] else { return nil }
        if let value = Int(text), range.contains(value) { return value }
        throw .invalid(
            name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            received: Self.shown(text))
    }

    func bool(_ name: String) throws(Problem) -> Bool? {
        switch values[name]?.lowercased() {
        case nil: nil
        case "true": true
        case "false": false
        case let text?: throw .invalid(name, expected: "true or false", received: Self.shown(text))
        }
    }

    /// One of these words.
    func word(_ name: String, _ words: [String]) throws(Problem) -> String? {
        guard let text = values[name] else { return nil }
        if words.contains(text) { return text }
        let expected = words.map { "'\($0)'" }.joined(separator: " or ")
        throw .invalid(name, expected: expected, received: Self.shown(text))
    }

    private static func shown(_ text: String) -> String { "'\(text.prefix(64))'" }

    private static func unknown(_ name: String, _ known: [String]) -> Problem {
        let names = known.map { "'\($0)'" }.joined(separator: ", ")
        let name = String(name.prefix(64))
        return Problem(
            .invalid, "'\(name)' is not a parameter of this request; these are: \(names).", field: name)
    }
}

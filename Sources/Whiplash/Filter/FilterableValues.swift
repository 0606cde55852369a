/// What an item has under a collection's filterable keys, as its bucket row carries it: for each key, in their order, the length of its
/// `EncodedValue` in one byte, and that.
struct FilterableValues: Hashable, Sendable {
    let bytes: [UInt8]

    /// As stored; what cannot be read is unknown.
    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ values: [EncodedValue]) {
        bytes = values.flatMap { [UInt8($0.bytes.count)] + $0.bytes }
    }

    /// Gives the value of each of so many keys.
    func forEach(_ keyCount: Int, _ body: (Int, ArraySlice<UInt8>) -> Void) {
        var rest = bytes[...]
        for key in 0..<keyCount {
            guard let length = rest.popFirst(), rest.count >= length else {
                rest = []
                body(key, EncodedValue.unknown.bytes[...])
                continue
            }
            body(key, rest.prefix(Int(length)))
            rest.removeFirst(Int(length))
        }
    }
}

/// All that tests ask of what is under one key (`MetadataFilter.Test`): whether there is something, and its scalars, each once and in the
/// order of their bytes, since neither number nor order matter.
///
/// | first byte | |
/// |---|---|
/// | none | nothing is there |
/// | 0xff | unknown: it takes more than `maxBytes` |
/// | 0xfe | it has no scalars, as an empty array or an object has none |
/// | 1 | a string: its length in one byte, its UTF-8 |
/// | 2 | a number that is not whole, or beyond 2⁵³: the bits of its float64, little-endian |
/// | 3, 4, 5 | true, false, null |
/// | 16 to 23 | a whole number: 0 to 7 bytes of it, little-endian, the sign as the lowest bit |
///
/// Equal scalars have equal bytes, and the other way round.
struct EncodedValue: Hashable, Sendable {
    let bytes: [UInt8]

    /// The most bytes of a key's value.
    static let maxBytes = 128
    static let unknown = EncodedValue(known: [Code.unknown])

    private init(known bytes: [UInt8]) { self.bytes = bytes }

    /// - Parameter found: What is under the key's path.
    init(_ found: [MetadataValue]) {
        if found.isEmpty {
            self.init(known: [])
            return
        }
        // Arrays of very many need not be sorted to be too many.
        var scalars = Set<[UInt8]>()
        var count = 0
        for scalar in found.lazy.flatMap(\.scalars) {
            let encoded = Self.bytes(of: scalar)
            if scalars.insert(encoded).inserted { count += encoded.count }
            if count > Self.maxBytes {
                self = .unknown
                return
            }
        }
        let sorted = scalars.sorted { $0.lexicographicallyPrecedes($1) }
        self.init(known: sorted.isEmpty ? [Code.empty] : sorted.flatMap(\.self))
    }

    fileprivate enum Code {
        static let string: UInt8 = 1
        static let float: UInt8 = 2
        static let yes: UInt8 = 3
        static let no: UInt8 = 4
        static let null: UInt8 = 5
        static let whole: UInt8 = 16
        static let empty: UInt8 = 0xfe
        static let unknown: UInt8 = 0xff
    }
}

// MARK: - Scalars

extension EncodedValue {
    /// A scalar as it stands in a value. Of a string too long for any value its length is cut, which makes it equal to none.
    static func bytes(of scalar: MetadataFilter.Scalar) -> [UInt8] {
        switch scalar {
        case .string(let text):
            [Code.string, UInt8(truncatingIfNeeded: text.utf8.count)] + Array(text.utf8)
        case .number(let number): bytes(of: number)
        case .boolean(let value): [value ? Code.yes : Code.no]
        case .null: [Code.null]
        }
    }

    private static func bytes(of number: Double) -> [UInt8] {
        guard number.magnitude <= 0x1p53, number == number.rounded(.towardZero) else {
            return [Code.float] + (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
        }
        // −0 is 0, as it equals it.
        var rest = UInt64(number.magnitude) << 1 | (number < 0 ? 1 : 0)
        var bytes = [Code.whole]
        while rest > 0 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            bytes[0] += 1
            rest >>= 8
        }
        return bytes
    }

    /// Whether a stored value is unknown.
    static func isUnknown(_ value: Span<UInt8>) -> Bool { !value.isEmpty && value[0] == Code.unknown }

    /// Whether a stored value is nothing or one scalar: then it equals a scalar just when its bytes are the scalar's.
    static func isPlain(_ value: Span<UInt8>) -> Bool { value.isEmpty || length(value, at: 0) == value.count }

    /// Gives the scalars of a stored value one by one, until `body` says that it has seen enough.
    ///
    /// - Returns: False when the bytes make no sense, which is then known too late for what `body` was given.
    static func forEachScalar(_ value: Span<UInt8>, _ body: (Span<UInt8>) -> Bool) -> Bool {
        if !value.isEmpty, value[0] == Code.empty { return value.count == 1 }
        var start = 0
        while start < value.count {
            guard let length = length(value, at: start), value.count - start >= length else { return false }
            if !body(value.extracting(start..<start + length)) { return true }
            start += length
        }
        return true
    }

    private static func length(_ bytes: Span<UInt8>, at start: Int) -> Int? {
        switch bytes[start] {
        case Code.string: start + 1 < bytes.count ? 2 + Int(bytes[start + 1]) : nil
        case Code.float: 9
        case Code.yes, Code.no, Code.null: 1
        case Code.whole...Code.whole + 7: 1 + Int(bytes[start] - Code.whole)
        default: nil
        }
    }

    /// The number that a scalar is of which `forEachScalar` gave the bytes; nil when it is none.
    static func number(_ scalar: Span<UInt8>) -> Double? {
        var bits: UInt64 = 0
        switch scalar[0] {
        case Code.float, Code.whole...Code.whole + 7:
            for index in stride(from: scalar.count - 1, to: 0, by: -1) {
                bits = bits << 8 | UInt64(scalar[index])
            }
        default: return nil
        }
        if scalar[0] == Code.float { return Double(bitPattern: bits) }
        return Double(bits >> 1) * (bits & 1 == 1 ? -1 : 1)
    }

    /// Below, at or above 0 as the text that a scalar is comes before, is or comes after another; nil when it is none.
    static func order(_ scalar: Span<UInt8>, besideText text: [UInt8]) -> Int? {
        if scalar[0] != Code.string { return nil }
        return scalar.extracting(2..<scalar.count).order(beside: text)
    }
}

extension Span<UInt8> {
    /// Below, at or above 0 as the bytes come before others, are those or come after them.
    func order(beside other: [UInt8]) -> Int {
        for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
            return self[index] < other[index] ? -1 : 1
        }
        return count - other.count
    }
}

import JSON
import VectorIndex
import Whiplash

extension JSONReader {
    /// Reads a vector: an array of numbers, or base64 of little-endian float32.
    ///
    /// - Parameter count: How many numbers there may well be.
    mutating func readVector(expecting count: Int = 0) throws(JSONError) -> [Float] {
        switch try peekKind() {
        case .array:
            var vector: [Float] = []
            vector.reserveCapacity(count)
            try readFloats(into: &vector)
            return vector
        case .string: return try readPackedVector()
        case let kind:
            throw mismatch(expected: "an array of numbers, or base64 of float32", received: kind.description)
        }
    }

    private mutating func readPackedVector() throws(JSONError) -> [Float] {
        let bytes = try readBase64()
        guard let vector = vector(ofLittleEndianBytes: bytes) else {
            throw fault(expected: "base64 of float32, four bytes each", received: "\(bytes.count) bytes")
        }
        return vector
    }

    /// Reads a JSON object as it is written.
    mutating func readMetadata() throws(JSONError) -> RawJSON {
        let kind = try peekKind()
        if kind != .object { throw mismatch(expected: "an object", received: kind.description) }
        return try readRaw()
    }

    /// Reads a condition on metadata.
    mutating func readFilter() throws(JSONError) -> MetadataFilter {
        let raw = try readMetadata()
        return try obeying { () throws(WhiplashError) in try MetadataFilter(raw, field: "") }
    }

    /// Reads a whole number of this range.
    mutating func readInteger(in range: ClosedRange<Int>) throws(JSONError) -> Int {
        let value = try readInteger()
        if range.contains(value) { return value }
        throw fault(
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", received: "\(value)")
    }

    /// Reads one of these words.
    mutating func readWord(_ words: [String]) throws(JSONError) -> String {
        let word = try readString()
        if words.contains(word) { return word }
        let expected = words.map { "'\($0)'" }.joined(separator: " or ")
        throw fault(expected: expected, received: "another word")
    }

    /// Reads an array of strings, of which there have to be as many as `counts` says.
    ///
    /// - Parameter check: What each has to bear; its violations name no field.
    mutating func readStrings(
        _ counts: ClosedRange<Int>, check: (String) throws(WhiplashError) -> Void = { _ in }
    ) throws(JSONError) -> [String] {
        var strings: [String] = []
        try readArray { index, reader throws(JSONError) in
            if index == counts.upperBound { throw reader.tooMany(counts.upperBound) }
            let string = try reader.readString()
            try reader.obeying { () throws(WhiplashError) in try check(string) }
            strings.append(string)
        }
        if strings.count >= counts.lowerBound { return strings }
        throw fault(expected: "at least \(counts.lowerBound)", received: "an empty array")
    }

    /// That an array has more elements than `limit`.
    func tooMany(_ limit: Int) -> JSONError { fault(expected: "at most \(limit) elements", received: "more") }
}

import JSON
import VectorIndex

/// How a vector stands in JSON.
package enum VectorNotation: String, CaseIterable, Sendable {
    /// An array of numbers.
    case array
    /// Base64 of little-endian float32: less than half the bytes, and far less work for both sides.
    case base64
}

extension Item {
    /// Reads `{"id", "vector", "group"?, "metadata"?, "text"?, "timestamp"?, "expires_at"?, "version"?}`, as files and answers have it;
    /// the vector in either notation.
    ///
    /// - Parameters:
    ///   - dimension: How many numbers the vector may well have.
    ///   - needsVector: Else it may be missing, and is empty then.
    ///   - other: Reads the value of a field that is none of these; by default such a field is refused.
    package init(
        json reader: inout JSONReader, expecting dimension: Int = 0, needsVector: Bool = true,
        other: (String, inout JSONReader) throws(JSONError) -> Void = { _, reader throws(JSONError) in
            throw reader.refusal(ItemFault.unknown)
        }
    ) throws(JSONError) {
        self.init(id: "", vector: [])
        var seen = Set<String>()
        try reader.readObject { name, reader throws(JSONError) in
            guard seen.insert(name).inserted else { throw reader.refusal(ItemFault.twice) }
            switch name {
            case "id": id = try reader.readString()
            case "group":
                group = try reader.readUnlessNull { reader throws(JSONError) in try reader.readString() }
            case "vector": vector = try reader.readFloatVector(expecting: dimension)
            case "metadata":
                metadata = try reader.readUnlessNull { reader throws(JSONError) in try reader.readObject() }
            case "text":
                text = try reader.readUnlessNull { reader throws(JSONError) in try reader.readString() }
            case "timestamp":
                timestamp = try reader.readUnlessNull { reader throws(JSONError) in try reader.readTime() }
            case "expires_at":
                expiresAt = try reader.readUnlessNull { reader throws(JSONError) in try reader.readTime() }
            case "version":
                version = try reader.readUnlessNull { reader throws(JSONError) in try reader.readVersion() }
            default: try other(name, &reader)
            }
        }
        for name in needsVector ? ["id", "vector"] : ["id"] where !seen.contains(name) {
            throw reader.refusal(ItemFault.missing(name))
        }
    }

    /// Writes the members of the item, of an object begun before, without its version; `notation` nil leaves the vector out.
    package func writeMembers(to writer: inout JSONWriter, vector notation: VectorNotation? = .array) {
        writer.member("id", id)
        if let group { writer.member("group", group) }
        if let notation {
            writer.key("vector")
            writer.write(vector, as: notation)
        }
        if let metadata { writer.member("metadata", metadata) }
        if let text { writer.member("text", text) }
        if let timestamp { writer.member("timestamp", timestamp) }
        if let expiresAt { writer.member("expires_at", expiresAt) }
    }

    /// The item as one line of JSON, without the line's end.
    package func json(vector notation: VectorNotation? = .array) -> [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writeMembers(to: &$0, vector: notation) }
        return writer.bytes
    }
}

/// What can be wrong with an item's JSON besides its values.
enum ItemFault: Error, CustomStringConvertible {
    case missing(String)
    case twice
    case unknown

    var description: String {
        switch self {
        case .missing(let name): "'\(name)' is needed and missing"
        case .twice: "this field is there twice"
        case .unknown:
            "no field of an item; these are: id, group, vector, metadata, text, timestamp, expires_at, version"
        }
    }
}

extension JSONReader {
    /// Reads a vector in either notation.
    package mutating func readFloatVector(expecting dimension: Int = 0) throws(JSONError) -> [Float] {
        guard try peekKind() == .string else {
            var vector: [Float] = []
            vector.reserveCapacity(dimension)
            try readFloats(into: &vector)
            return vector
        }
        let bytes = try readBase64()
        guard let vector = vector(ofLittleEndianBytes: bytes) else {
            throw mismatch(expected: "base64 of float32, four bytes each", received: "\(bytes.count) bytes")
        }
        return vector
    }

    /// Reads a time: seconds since 1970, or a date and time by RFC 3339.
    package mutating func readTime() throws(JSONError) -> Int64 {
        switch try peekKind() {
        case .number: return Int64(try readInteger())
        case .string:
            if let time = Item.time(try readString()) { return time }
            throw mismatch(expected: Item.timeForms, received: "another text")
        case let kind: throw mismatch(expected: Item.timeForms, received: kind.description)
        }
    }

    fileprivate mutating func readVersion() throws(JSONError) -> ItemVersion {
        if let version = ItemVersion(try readString()) { return version }
        throw mismatch(expected: "a version that this version of Whiplash knows", received: "another text")
    }

    fileprivate mutating func readObject() throws(JSONError) -> RawJSON {
        let kind = try peekKind()
        if kind != .object { throw mismatch(expected: "an object", received: kind.description) }
        return try readRaw()
    }
}

extension JSONWriter {
    package mutating func write(_ vector: [Float], as notation: VectorNotation) {
        switch notation {
        case .array: write(floats: vector)
        case .base64: write(base64: littleEndianBytes(of: vector))
        }
    }
}

import JSON
import Whiplash

extension ItemWrite {
    private static let fields = Fields(
        required: ["id", "vector"],
        optional: ["metadata", "text", "timestamp", "group", "expires_at", "if_absent", "version"])

    /// Reads `{"id", "vector", "metadata"?, "text"?, "timestamp"?, "group"?, "expires_at"?, "if_absent"?, "version"?}`.
    ///
    /// - Parameter count: How many numbers the vector may well have.
    init(_ reader: inout JSONReader, expecting count: Int = 0) throws(JSONError) {
        var (item, condition) = (Item(id: "", vector: []), ConditionFields())
        let start = reader.position
        try Self.fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "id": item.id = try reader.readString()
            case "vector": item.vector = try reader.readVector(expecting: count)
            case "metadata": item.metadata = try reader.readMetadata()
            case "group": item.group = try reader.readString()
            case "text": item.text = try reader.readString()
            case "timestamp": item.timestamp = try reader.readTime()
            case "expires_at": item.expiresAt = try reader.readTime()
            default: try condition.read(name, &reader)
            }
        }
        self.init(item, if: try condition.condition(start))
    }
}

/// The fields that say what has to hold for a write.
struct ConditionFields: Sendable {
    private var isAbsent = false
    private(set) var version: ItemVersion?

    /// Reads one of `if_absent` and `version`.
    mutating func read(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "if_absent": isAbsent = try reader.readBool()
        default: version = try reader.readVersion()
        }
    }

    /// - Parameter start: Where the object of the fields begins.
    func condition(_ start: Int) throws(JSONError) -> ItemCondition? {
        guard let version else { return isAbsent ? .absent : nil }
        guard isAbsent else { return .version(version) }
        let fault = FieldFault.rule(expected: "either 'version' or 'if_absent'", received: "both")
        throw JSONError(.refused(fault), at: start, path: [.key("if_absent")])
    }
}

extension JSONReader {
    /// Reads an item's version, as an answer gave it.
    mutating func readVersion() throws(JSONError) -> ItemVersion {
        if let version = ItemVersion(try readString()) { return version }
        throw fault(expected: ItemVersion.expected, received: "another text")
    }
}

extension ItemVersion {
    static let expected = "a version that an answer gave"
}

extension Query {
    /// The parameter `version`.
    var version: ItemVersion? {
        get throws(Problem) {
            guard let text = text("version") else { return nil }
            if let version = ItemVersion(text) { return version }
            throw .invalid("version", expected: ItemVersion.expected, received: "another text")
        }
    }
}

/// How an answer writes a vector, as `vector_format` says.
extension VectorNotation {
    /// The names, as requests have them.
    private static let names = allCases.map(\.rawValue)

    init(_ query: Query) throws(Problem) {
        self = try query.word("vector_format", Self.names).flatMap(Self.init) ?? .array
    }

    /// Reads a field's value.
    init(_ reader: inout JSONReader) throws(JSONError) {
        self = Self(rawValue: try reader.readWord(Self.names)) ?? .array
    }
}

/// The parts of an item that an answer shows beside its id.
struct ItemParts: Sendable {
    var vector = true
    var vectorFormat = VectorNotation.array
    var metadata = true
    var text = true
    var version = true

    /// Writes the members of `item`, of an object begun before.
    func write(_ item: Item, to writer: inout JSONWriter) {
        writer.member("id", item.id)
        if let group = item.group { writer.member("group", group) }
        if vector {
            writer.key("vector")
            writer.write(item.vector, as: vectorFormat)
        }
        if metadata, let metadata = item.metadata { writer.member("metadata", metadata) }
        if text, let text = item.text { writer.member("text", text) }
        if let time = item.timestamp { writer.member("timestamp", time) }
        if let time = item.expiresAt { writer.member("expires_at", time) }
        if version, let version = item.version { writer.member("version", version.text) }
    }
}

extension Item: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { ItemParts().write(self, to: &$0) }
    }
}

extension JSONWriter {
    /// A member that is an array of items.
    mutating func member(_ name: String, _ items: [Item], showing parts: ItemParts) {
        key(name)
        writeArray { writer in
            for item in items { writer.writeObject { parts.write(item, to: &$0) } }
        }
    }
}

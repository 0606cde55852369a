import JSON
import Whiplash

extension Item {
    private static let fields = Fields(
        required: ["id", "vector"], optional: ["metadata", "text", "group"])

    /// Reads `{"id", "vector", "metadata"?, "text"?, "group"?}`.
    ///
    /// - Parameter count: How many numbers the vector may well have.
    init(_ reader: inout JSONReader, expecting count: Int = 0) throws(JSONError) {
        self.init(id: "", vector: [])
        try Self.fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "id": id = try reader.readString()
            case "vector": vector = try reader.readVector(expecting: count)
            case "metadata": metadata = try reader.readMetadata()
            case "group": group = try reader.readString()
            default: text = try reader.readString()
            }
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

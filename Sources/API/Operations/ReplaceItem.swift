import JSON
import Whiplash

/// `PUT …/items/{itemId}`: stores an item under this id, whether there was one or not, or on a condition.
enum ReplaceItem: Operation {
    private static let fields = Fields(
        required: ["vector"],
        optional: ["id", "metadata", "text", "timestamp", "group", "expires_at", "if_absent", "version"])

    static func answer(_ call: Call) async throws -> Response {
        let id = try call.itemID
        let group = try Query(call.query, known: ["group"]).group
        let write = try call.readBody { reader throws(JSONError) in
            try readItem(Item(id: id, vector: [], group: group), &reader)
        }
        let stored = try await call.collection.write([write]) { _ in "" }.items[0]
        return Response(stored ?? write.item)
    }

    /// - Parameter named: What path and parameters say of the item.
    private static func readItem(_ named: Item, _ reader: inout JSONReader) throws(JSONError) -> ItemWrite {
        var (item, condition) = (named, ConditionFields())
        let start = reader.position
        try fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "id": _ = try readName("the id of the path", named.id, &reader)
            case "group": item.group = try readName("the group of the parameter", named.group, &reader)
            case "vector": item.vector = try reader.readVector()
            case "metadata": item.metadata = try reader.readMetadata()
            case "text": item.text = try reader.readString()
            case "timestamp": item.timestamp = try reader.readTime()
            case "expires_at": item.expiresAt = try reader.readTime()
            default: try condition.read(name, &reader)
            }
        }
        return ItemWrite(item, if: try condition.condition(start))
    }

    /// Reads a name that, where it is known, has to be the same.
    private static func readName(
        _ expected: String, _ known: String?, _ reader: inout JSONReader
    ) throws(JSONError) -> String {
        let name = try reader.readString()
        if let known, !name.utf8.elementsEqual(known.utf8) {
            throw reader.fault(expected: expected, received: "another")
        }
        return name
    }
}

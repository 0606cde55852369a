import JSON
import Whiplash

/// `PUT …/items/{itemId}`: stores an item under this id, whether there was one or not.
enum ReplaceItem: Operation {
    private static let fields = Fields(
        required: ["vector"], optional: ["id", "metadata", "text"], later: ["group"])

    static func answer(_ call: Call) async throws -> Response {
        let id = try call.itemID
        let item = try call.readBody { reader throws(JSONError) in try readItem(id, &reader) }
        try await call.collection.insert([item]) { _ in "" }
        return Response(item)
    }

    private static func readItem(_ id: String, _ reader: inout JSONReader) throws(JSONError) -> Item {
        var item = Item(id: id, vector: [])
        try fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "id": try readSame(id, &reader)
            case "vector": item.vector = try reader.readVector()
            case "metadata": item.metadata = try reader.readMetadata()
            default: item.text = try reader.readString()
            }
        }
        return item
    }

    private static func readSame(_ id: String, _ reader: inout JSONReader) throws(JSONError) {
        guard try reader.readString().utf8.elementsEqual(id.utf8) else {
            throw reader.fault(expected: "the id of the path", received: "another")
        }
    }
}

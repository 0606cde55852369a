import JSON
import Whiplash

/// `POST …/items/batch/get`: many items by their ids, and the ids of which there are none.
enum GetItems: Operation {
    private static let fields = Fields(
        required: ["ids"], optional: ["group", "include_vector", "vector_format"])
    private static let idCounts = 1...1000

    static func answer(_ call: Call) async throws -> Response {
        var (ids, group): ([String], String?) = ([], nil)
        var parts = ItemParts()
        try call.readBody { reader throws(JSONError) in
            try fields.read(&reader) { name, reader throws(JSONError) in
                switch name {
                case "ids": ids = try reader.readStrings(idCounts)
                case "group": group = try reader.readString()
                case "vector_format": parts.vectorFormat = try VectorNotation(&reader)
                default: parts.vector = try reader.readBool()
                }
            }
        }
        let found = try await call.collection.items(ids: ids, in: group)
        return Response { writer in
            writer.member("items", found.compactMap(\.self), showing: parts)
            writer.key("missing")
            writer.write(array: zip(ids, found).compactMap { id, item in item == nil ? id : nil })
        }
    }
}

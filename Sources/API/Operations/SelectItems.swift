import JSON
import Whiplash

/// `POST …/items/select`: the items that pass a filter, in pages.
enum SelectItems: Operation {
    private static let fields = Fields(
        optional: [
            "filter", "group", "cursor", "limit", "include_vector", "vector_format", "include_metadata",
            "include_text",
        ])
    private static let limits = 1...1000

    static func answer(_ call: Call) async throws -> Response {
        var (selection, parts, limit) = (Selection(), ItemParts(), 100)
        try call.readBody { reader throws(JSONError) in
            try fields.read(&reader) { name, reader throws(JSONError) in
                switch name {
                case "limit": limit = try reader.readInteger(in: limits)
                case "include_vector": parts.vector = try reader.readBool()
                case "vector_format": parts.vectorFormat = try VectorNotation(&reader)
                case "include_metadata": parts.metadata = try reader.readBool()
                case "include_text": parts.text = try reader.readBool()
                default: try selection.read(name, &reader)
                }
            }
        }
        let page = try await call.collection.list(
            where: selection.filter ?? .and([]), limit: limit, cursor: selection.cursor, in: selection.group)
        return Response { writer in
            writer.member("items", page.items, showing: parts)
            writer.member(cursor: page.cursor)
        }
    }
}

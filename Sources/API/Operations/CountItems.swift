import JSON
import Whiplash

/// `POST …/items/count`: how many items pass a filter.
enum CountItems: Operation {
    private static let fields = Fields(optional: ["filter", "group", "cursor"])

    static func answer(_ call: Call) async throws -> Response {
        var selection = Selection()
        try call.readBody { reader throws(JSONError) in
            try fields.read(&reader) { name, reader throws(JSONError) in try selection.read(name, &reader) }
        }
        let counted = try await call.collection.count(
            where: selection.filter ?? .and([]), cursor: selection.cursor, in: selection.group)
        return Response { writer in
            writer.member("count", counted.count)
            writer.member(cursor: counted.cursor)
        }
    }
}

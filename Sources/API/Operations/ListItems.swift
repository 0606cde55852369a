import Whiplash

/// `GET …/items`: the collection's items in pages, or those of a group or with a prefix, in no order that means anything.
enum ListItems: Operation {
    private static let limits = 1...1000
    private static let defaultLimit = 100

    static func answer(_ call: Call) async throws -> Response {
        let query = try Query(
            call.query, known: ["group", "prefix", "limit", "cursor", "include_vector", "vector_format"])
        let parts = ItemParts(
            vector: try query.bool("include_vector") ?? true, vectorFormat: try VectorNotation(query))
        let limit = try query.integer("limit", in: limits) ?? defaultLimit
        let page = try await call.collection.list(
            limit: limit, cursor: query.text("cursor"), in: query.group, prefix: query.text("prefix"))
        return Response { writer in
            writer.member("items", page.items, showing: parts)
            writer.member(cursor: page.cursor)
        }
    }
}

/// `GET …/groups`: the names of a collection's groups in pages, in no order that means anything.
enum ListGroups: Operation {
    private static let limits = 1...1000
    private static let defaultLimit = 100

    static func answer(_ call: Call) async throws -> Response {
        let query = try Query(call.query, known: ["limit", "cursor"])
        let limit = try query.integer("limit", in: limits) ?? defaultLimit
        let page = try await call.collection.groups(limit: limit, cursor: query.text("cursor"))
        return Response { writer in
            writer.key("groups")
            writer.write(array: page.groups)
            writer.key("cursor")
            if let cursor = page.cursor { writer.write(cursor) } else { writer.writeNull() }
        }
    }
}

import Whiplash

/// `GET …/items/{itemId}`: one item.
enum GetItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let query = try Query(call.query, known: ["group", "vector_format"])
        let parts = ItemParts(vectorFormat: try VectorNotation(query))
        let id = try call.itemID
        guard let item = try await call.collection.items(ids: [id], in: query.group)[0] else {
            throw WhiplashError.notFound(.item, name: id)
        }
        return Response { parts.write(item, to: &$0) }
    }
}

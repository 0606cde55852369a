import Whiplash

/// `GET …/items/{itemId}`: one item.
enum GetItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let parts = ItemParts(vectorFormat: try VectorFormat(Query(call.query, known: ["vector_format"])))
        let id = try call.itemID
        guard let item = try await call.collection.items(ids: [id])[0] else {
            throw WhiplashError.notFound(.item, name: id)
        }
        return Response { parts.write(item, to: &$0) }
    }
}

import Whiplash

/// `GET …/items/{itemId}`: one item.
enum GetItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let id = try call.itemID
        guard let item = try await call.collection.items(ids: [id])[0] else {
            throw WhiplashError.notFound(.item, name: id)
        }
        return Response(item)
    }
}

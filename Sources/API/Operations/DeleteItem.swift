/// `DELETE …/items/{itemId}`: removes an item; one that is not there is no error.
enum DeleteItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let id = try call.itemID
        let group = try Query(call.query, known: ["group"]).text("group")
        let count = try await call.collection.delete(ids: [id], in: group)
        return .success { $0.member("deleted", count) }
    }
}

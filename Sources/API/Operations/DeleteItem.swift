/// `DELETE …/items/{itemId}`: removes an item; one that is not there is no error.
enum DeleteItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let id = try call.itemID
        let count = try await call.collection.delete(ids: [id])
        return .success { $0.member("deleted", count) }
    }
}

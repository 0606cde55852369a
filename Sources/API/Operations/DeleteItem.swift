/// `DELETE …/items/{itemId}`: removes an item, or just one version of it; one that is not there is no error.
enum DeleteItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let id = try call.itemID
        let query = try Query(call.query, known: ["group", "version"])
        let collection = try await call.collection
        guard let version = try query.version else {
            let count = try await collection.delete(ids: [id], in: query.group)
            return .success { $0.member("deleted", count) }
        }
        let isDeleted = try await collection.delete(id, version: version, in: query.group)
        return .success { $0.member("deleted", isDeleted ? 1 : 0) }
    }
}

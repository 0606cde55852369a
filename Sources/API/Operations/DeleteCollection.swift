/// `DELETE …/collections/{collectionId}`: removes a collection with all it holds.
enum DeleteCollection: Operation {
    static func answer(_ call: Call) async throws -> Response {
        try await call.database.deleteCollection(call.collectionName, in: call.project)
        return .success()
    }
}

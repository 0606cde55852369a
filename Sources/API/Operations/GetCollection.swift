/// `GET …/collections/{collectionId}`: what a collection is.
enum GetCollection: Operation {
    static func answer(_ call: Call) async throws -> Response {
        Response(try await call.collection.configuration)
    }
}

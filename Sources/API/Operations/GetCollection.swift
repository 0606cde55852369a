/// `GET …/collections/{collectionId}`: what a collection is.
enum GetCollection: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let name = try call.collectionName
        return Response(
            try await call.database.configuration(ofCollection: name, in: call.project))
    }
}

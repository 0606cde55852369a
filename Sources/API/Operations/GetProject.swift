/// `GET /projects/{projectId}`: a project with its collections.
enum GetProject: Operation {
    static func answer(_ call: Call) async throws -> Response {
        Response(try await call.database.project(call.project))
    }
}

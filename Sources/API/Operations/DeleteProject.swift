/// `DELETE /projects/{projectId}`: removes a project with all it holds.
enum DeleteProject: Operation {
    static func answer(_ call: Call) async throws -> Response {
        try await call.database.deleteProject(call.project)
        return .success()
    }
}

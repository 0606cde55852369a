/// `DELETE …/aliases/{aliasId}`: removes a name; the collection stays.
enum DeleteAlias: Operation {
    static func answer(_ call: Call) async throws -> Response {
        try await call.database.deleteAlias(call.aliasName, in: call.project)
        return .success()
    }
}

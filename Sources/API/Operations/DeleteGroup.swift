/// `DELETE …/groups/{groupId}`: removes all items of a group; one that is not there is no error.
enum DeleteGroup: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let group = try call.group
        let count = try await call.collection.deleteGroup(group)
        return .success { $0.member("deleted", count) }
    }
}

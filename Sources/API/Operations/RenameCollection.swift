/// `POST …/rename`: gives a collection another name in its project; aliases that mean it follow.
enum RenameCollection: Operation {
    private static let fields = Fields(required: ["name"])

    static func answer(_ call: Call) async throws -> Response {
        let newName = try call.readText(fields)
        let name = try call.collectionName
        let renamed = try await call.database.renameCollection(name, to: newName, in: call.project)
        return Response(renamed.configuration)
    }
}

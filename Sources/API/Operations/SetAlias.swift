/// `PUT …/aliases/{aliasId}`: makes another name mean a collection, from now on.
enum SetAlias: Operation {
    private static let fields = Fields(required: ["collection"])

    static func answer(_ call: Call) async throws -> Response {
        let collection = try call.readText(fields)
        let alias = try call.aliasName
        let previous = try await call.database.setAlias(alias, to: collection, in: call.project)
        return .success { writer in
            writer.member("alias", alias)
            writer.member("collection", collection)
            if let previous { writer.member("previous", previous) }
        }
    }
}

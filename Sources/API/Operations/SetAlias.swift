import JSON

/// `PUT …/aliases/{aliasId}`: makes another name mean a collection, from now on.
enum SetAlias: Operation {
    private static let fields = Fields(required: ["collection"])

    static func answer(_ call: Call) async throws -> Response {
        let collection = try call.readBody { reader throws(JSONError) in
            var name = ""
            try fields.read(&reader) { _, reader throws(JSONError) in name = try reader.readString() }
            return name
        }
        let alias = try call.aliasName
        let previous = try await call.database.setAlias(alias, to: collection, in: call.project)
        return .success { writer in
            writer.member("alias", alias)
            writer.member("collection", collection)
            if let previous { writer.member("previous", previous) }
        }
    }
}

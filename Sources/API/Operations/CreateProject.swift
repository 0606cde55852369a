import JSON

/// `POST /projects`: makes a project of a name.
enum CreateProject: Operation {
    private static let fields = Fields(optional: ["name", "project_name"])

    static func answer(_ call: Call) async throws -> Response {
        let name = try call.readBody { reader throws(JSONError) in try readName(&reader) }
        try call.access.check(project: name)
        return Response(try await call.database.createProject(name))
    }

    private static func readName(_ reader: inout JSONReader) throws(JSONError) -> String {
        var name = AliasedName("name", or: "project_name")
        try fields.read(&reader) { field, reader throws(JSONError) in try name.read(field, &reader) }
        return try name.value(reader)
    }
}

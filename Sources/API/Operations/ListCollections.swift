import JSON

/// `GET …/collections`: a project's collections, by id.
enum ListCollections: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let collections = try await call.database.project(call.project).collections
        var writer = JSONWriter()
        writer.write(array: collections)
        return Response(json: writer.bytes)
    }
}

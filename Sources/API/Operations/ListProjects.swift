/// `GET /projects`: every project that the key is for, with its collections, by name.
enum ListProjects: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let projects = try await call.database.projects().filter { call.access.allows(project: $0.name) }
        return Response { writer in
            writer.key("projects")
            writer.writeObject { writer in
                for project in projects { writer.member(project.name, project) }
            }
        }
    }
}

/// `GET …/aliases`: the other names in a project, each with the collection it means.
enum ListAliases: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let aliases = try await call.database.aliases(in: call.project)
        return Response { writer in
            writer.key("aliases")
            writer.writeObject { writer in
                for (alias, collection) in aliases.sorted(by: { $0.key < $1.key }) {
                    writer.member(alias, collection)
                }
            }
        }
    }
}

import Storage

extension Database {
    /// - Throws: `alreadyExists`, `invalid` (name).
    public func createProject(_ name: String) async throws(WhiplashError) -> Project {
        try Names.check(name, field: "name")
        guard try await claimProject(name) else { throw .alreadyExists(.project, name: name) }
        return Project(name: name, collections: [])
    }

    /// Every project of this stage with its collections, by name.
    public func projects() async throws(WhiplashError) -> [Project] {
        let names = try await metadataRows(projectPartition).map(\.key.sort)
        let collections = Dictionary(grouping: try await listedCollections(), by: \.project)
        return Set(names).union(collections.keys).sorted().map { name in
            Project(name: name, collections: collections[name] ?? [])
        }
    }

    /// - Throws: `notFound`.
    public func project(_ name: String) async throws(WhiplashError) -> Project {
        let collections = try await listedCollections().filter { $0.project == name }
        if collections.isEmpty { try await checkProject(name) }
        return Project(name: name, collections: collections)
    }

    /// Removes a project and its collections with all they hold.
    ///
    /// - Throws: `notFound`.
    public func deleteProject(_ name: String) async throws(WhiplashError) {
        for collection in try await project(name).collections {
            try await deleteCollection(collection.name, in: name)
        }
        for alias in try await storedAliases(in: name).keys { try await deleteAlias(alias, in: name) }
        do {
            try await store.write([.delete(projectKey(name), in: metadataTable)])
        } catch {
            throw .store(error)
        }
    }

    /// Stores a project's row unless it is there, and tells whether it was not.
    func claimProject(_ name: String) async throws(WhiplashError) -> Bool {
        let row = Row(key: projectKey(name), attributes: ["created_at": .integer(origin.now())])
        return try await writeMetadata(.put(row, in: metadataTable), if: .absent)
    }

    func checkProject(_ name: String) async throws(WhiplashError) {
        if try await metadataRow(projectKey(name)) == nil { throw .notFound(.project, name: name) }
    }

    private var projectPartition: String { "project/" + settings.stage }

    private func projectKey(_ name: String) -> RowKey { RowKey(partition: projectPartition, sort: name) }
}

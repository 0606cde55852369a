import Storage

/// Other names for collections: one call makes an alias mean another collection, so that what has been embedded anew is
/// swapped in, and back, while clients go on asking for the same name.
///
/// | partition | sort | attributes |
/// |---|---|---|
/// | `alias/<stage>` | `<project>_<stage>_<alias>` | `name`, `project_name`, `collection` |
extension Database {
    /// Makes an alias mean this collection from now on. Processes that have used it follow within
    /// `DatabaseSettings.configurationLifetime`.
    ///
    /// - Returns: What it meant before; nil when it is new.
    /// - Throws: `invalid`; `notFound` when there is no such collection; `alreadyExists` when a collection has the alias' name.
    public func setAlias(
        _ alias: String, to collection: String, in project: String
    ) async throws(WhiplashError) -> String? {
        try Names.check(alias, field: "alias")
        try Names.check(collection, field: "collection")
        guard try await readyCollection(collection, in: project) != nil else {
            try await checkProject(project)
            if try await storedTarget(ofAlias: collection, in: project) != nil {
                throw .invalid(
                    Violation(field: "collection", expected: "a collection", received: "an alias"))
            }
            throw .notFound(.collection, name: collection)
        }
        let taken = try await settledRow(alias, in: project)?.state
        if taken == .ready || taken == .cloning { throw .alreadyExists(.collection, name: alias) }
        let before = try await aliasRow(alias, in: project)
        let row = Row(
            key: aliasKey(alias, in: project),
            attributes: [
                "name": .text(alias), "project_name": .text(project), "collection": .text(collection),
            ])
        try await mapStoreError { () throws(StoreError) in
            try await store.write([.put(row, in: metadataTable)])
        }
        cache.forgetAlias(row.key.sort)
        try await withdraw(row, before)
        return before?.text("collection")
    }

    /// Takes back what an alias was set to when a collection has come by its name meanwhile: who makes or renames one has looked for the
    /// alias either before it was there, and then has its claim there by now, or after.
    private func withdraw(_ row: Row, _ before: Row?) async throws(WhiplashError) {
        guard let name = row.text("name"), let project = row.text("project_name"),
            let state = try await settledRow(name, in: project)?.state,
            [.ready, .cloning, .creating, .arriving].contains(state), before == nil,
            let collection = row.attributes["collection"]
        else { return }
        _ = try await writeMetadata(
            .delete(row.key, in: metadataTable), if: .equals(attribute: "collection", collection))
        throw .alreadyExists(.collection, name: name)
    }

    /// The aliases of a project, each with the collection it means.
    ///
    /// - Throws: `notFound`.
    public func aliases(in project: String) async throws(WhiplashError) -> [String: String] {
        try await checkProject(project)
        return try await storedAliases(in: project)
    }

    /// Removes an alias, and leaves the collection.
    ///
    /// - Throws: `notFound`.
    public func deleteAlias(_ alias: String, in project: String) async throws(WhiplashError) {
        guard let row = try await aliasRow(alias, in: project) else { throw .notFound(.alias, name: alias) }
        try await mapStoreError { () throws(StoreError) in
            try await store.write([.delete(row.key, in: metadataTable)])
        }
        cache.forgetAlias(row.key.sort)
    }

    /// The collection that an alias means, if this process has read that lately.
    func knownTarget(ofAlias alias: String, in project: String) -> String? {
        guard settings.configurationLifetime > 0 else { return nil }
        let oldest = origin.now() - settings.configurationLifetime
        return cache.target(ofAlias: aliasKey(alias, in: project).sort, since: oldest)
    }

    /// The collection that an alias means; nil when there is no such alias.
    func storedTarget(ofAlias alias: String, in project: String) async throws(WhiplashError) -> String? {
        guard let target = try await aliasRow(alias, in: project)?.text("collection") else { return nil }
        cache.remember(alias: aliasKey(alias, in: project).sort, target: target, now: origin.now())
        return target
    }

    /// Ids are joined from names, so that the alias of another project may have the id asked for.
    private func aliasRow(_ alias: String, in project: String) async throws(WhiplashError) -> Row? {
        let row = try await metadataRow(aliasKey(alias, in: project))
        return row?.text("name") == alias && row?.text("project_name") == project ? row : nil
    }

    /// Has the aliases of a collection mean it under its new name.
    func moveAliases(
        from source: CollectionConfiguration, to name: String
    ) async throws(WhiplashError) {
        for row in try await metadataRows(aliasPartition)
        where row.text("project_name") == source.project && row.text("collection") == source.name {
            var moved = row
            moved.attributes["collection"] = .text(name)
            // One that has been set to another meanwhile stays so.
            _ = try await writeMetadata(
                .put(moved, in: metadataTable),
                if: .equals(attribute: "collection", .text(source.name)))
            cache.forgetAlias(row.key.sort)
        }
    }

    func storedAliases(in project: String) async throws(WhiplashError) -> [String: String] {
        let rows = try await metadataRows(aliasPartition).filter { $0.text("project_name") == project }
        let pairs = rows.compactMap { row in
            row.text("name").flatMap { name in row.text("collection").map { (name, $0) } }
        }
        return Dictionary(pairs) { first, _ in first }
    }

    private var aliasPartition: String { "alias/" + settings.stage }

    private func aliasKey(_ alias: String, in project: String) -> RowKey {
        RowKey(partition: aliasPartition, sort: joinedID(alias, in: project))
    }
}

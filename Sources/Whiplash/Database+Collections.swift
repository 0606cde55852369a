import Storage

extension Database {
    /// Makes a collection, and its project when that is new.
    ///
    /// - Throws: `invalid`, `alreadyExists`; `conflict` while another process makes or removes one of this name.
    public func createCollection(
        _ new: NewCollection, in project: String
    ) async throws(WhiplashError) -> VectorCollection {
        try Names.check(project, field: "projectId")
        if try await storedTarget(ofAlias: new.name, in: project) != nil {
            throw .alreadyExists(.alias, name: new.name)
        }
        let configuration = try new.configuration(in: project, settings, origin)
        var step = CollectionRow(configuration: configuration, state: .creating, stamp: origin.stamp())
        let found = try await claim(step)
        try await outlive(found)
        try await makeTables(configuration.id, anew: found.map { $0.state != .deleted } ?? false)
        let claimed = step.unchanged
        (step.state, step.stamp) = (.ready, origin.stamp())
        guard try await writeMetadata(.put(step.row, in: metadataTable), if: claimed) else {
            throw .conflict(reason: "another request has taken over the making of collection '\(new.name)'")
        }
        _ = try await claimProject(project)
        let now = origin.now()
        return VectorCollection(cache.remember(configuration, readAt: now), readAt: now, in: self)
    }

    /// An existing collection, by its name or an alias. What a process once read it trusts for `DatabaseSettings.configurationLifetime`.
    ///
    /// - Throws: `notFound`, of the project when that is unknown.
    public func collection(_ name: String, in project: String) async throws(WhiplashError) -> VectorCollection
    {
        let known = knownTarget(ofAlias: name, in: project) ?? name
        if let found = try await knownOrStored(known, in: project) { return found }
        if let target = try await storedTarget(ofAlias: name, in: project),
            let found = try await knownOrStored(target, in: project)
        {
            return found
        }
        try await checkProject(project)
        throw .notFound(.collection, name: name)
    }

    /// A collection as the process knows it, read when it does not or too long ago; nil when there is none of this name.
    private func knownOrStored(
        _ name: String, in project: String
    ) async throws(WhiplashError) -> VectorCollection? {
        let id = joinedID(name, in: project)
        if settings.configurationLifetime > 0,
            let (index, readAt) = cache.index(id, since: origin.now() - settings.configurationLifetime)
        {
            return VectorCollection(index, readAt: readAt, in: self)
        }
        let (readAt, revision) = (origin.now(), store.revision)
        if let index = revision.flatMap({ cache.index(id, atRevision: $0) }) {
            return VectorCollection(index, readAt: readAt, in: self)
        }
        guard let configuration = try await readyCollection(name, in: project) else { return nil }
        return VectorCollection(
            try await index(of: configuration, readAt, revision), readAt: readAt, in: self)
    }

    /// Removes a collection with all it holds. One whose removal was broken off is removed to the end.
    ///
    /// - Throws: `notFound`; `conflict` when another process is at it.
    public func deleteCollection(_ name: String, in project: String) async throws(WhiplashError) {
        let key = CollectionRow.key(id: joinedID(name, in: project), stage: settings.stage)
        guard var step = try await storedRow(key), step.configuration.name == name,
            step.configuration.project == project, step.state != .deleted
        else {
            try await checkProject(project)
            throw .notFound(.collection, name: name)
        }
        guard step.state != .creating || isLeftBehind(step) else { throw busy(name) }
        let found = step.unchanged
        (step.state, step.stamp) = (.deleting, origin.stamp())
        cache.forget(step.configuration.id)
        guard try await writeMetadata(.put(step.row, in: metadataTable), if: found) else { throw busy(name) }
        try await removeTables(step.configuration.id)
        let removing = step.unchanged
        (step.state, step.stamp) = (.deleted, origin.stamp())
        _ = try await writeMetadata(.put(step.row, in: metadataTable), if: removing)
    }

    /// `<project>_<stage>_<name>`, as `CollectionConfiguration.id` is.
    func joinedID(_ name: String, in project: String) -> String { "\(project)_\(settings.stage)_\(name)" }

    /// The collections that can be used, by id.
    func readyCollections() async throws(WhiplashError) -> [CollectionConfiguration] {
        var collections: [CollectionConfiguration] = []
        for row in try await metadataRows(CollectionRow.partition(stage: settings.stage)) {
            let stored = try decode(row)
            if stored.state == .ready { collections.append(stored.configuration) }
        }
        return collections
    }

    /// Read from the store, never from the cache.
    ///
    /// Ids are joined from names, so that another collection may have the id asked for: `a_dev_b` in `c` is `b` in `c_dev_a`.
    func readyCollection(
        _ name: String, in project: String
    ) async throws(WhiplashError) -> CollectionConfiguration? {
        let key = CollectionRow.key(id: joinedID(name, in: project), stage: settings.stage)
        guard let stored = try await storedRow(key), stored.state == .ready,
            stored.configuration.name == name, stored.configuration.project == project
        else { return nil }
        return stored.configuration
    }
}

// MARK: - Steps

extension Database {
    /// Takes a new collection's id, also from a process that died on the way.
    ///
    /// - Returns: What stood there before: a tombstone, or a step left behind, whose tables may be there still.
    private func claim(_ step: CollectionRow) async throws(WhiplashError) -> CollectionRow? {
        let put = Write.put(step.row, in: metadataTable)
        if try await writeMetadata(put, if: .absent) { return nil }
        let name = step.configuration.name
        guard let found = try await storedRow(step.row.key) else { throw busy(name) }
        if found.state == .ready { throw .alreadyExists(.collection, name: name) }
        guard found.state == .deleted || isLeftBehind(found),
            try await writeMetadata(put, if: found.unchanged)
        else { throw busy(name) }
        return found
    }

    /// Waits until no process can still take the removed collection for living: it would write into the new one's tables.
    private func outlive(_ removed: CollectionRow?) async throws(WhiplashError) {
        guard let removed, settings.configurationLifetime > 0 else { return }
        let end = removed.stamp.milliseconds + settings.configurationLifetime + Self.clockMargin
        do {
            if end > origin.now() { try await origin.sleep(end - origin.now()) }
        } catch {
            throw .store(.cancelled)
        }
    }

    /// How far the clocks of two processes may differ, in milliseconds.
    static let clockMargin: Int64 = 1_000

    private func makeTables(_ id: String, anew: Bool) async throws(WhiplashError) {
        if anew { try await removeTables(id) }
        let store = store
        try await mapStoreError { () throws(StoreError) in
            _ = try await concurrently(tables(id), width: 2) { table throws(StoreError) in
                try await store.createTable(table)
            }
        }
    }

    private func removeTables(_ id: String) async throws(WhiplashError) {
        let store = store
        try await mapStoreError { () throws(StoreError) in
            _ = try await concurrently(tables(id), width: 2) { table throws(StoreError) in
                try await store.deleteTable(table)
            }
        }
    }

    private func tables(_ id: String) -> [TableName] { [Names.vectorsTable(id), Names.bucketsTable(id)] }

    func storedRow(_ key: RowKey) async throws(WhiplashError) -> CollectionRow? {
        guard let row = try await metadataRow(key) else { return nil }
        return try decode(row)
    }

    private func decode(_ row: Row) throws(WhiplashError) -> CollectionRow {
        do { return try CollectionRow(row) } catch { throw .store(error) }
    }

    private func isLeftBehind(_ step: CollectionRow) -> Bool {
        origin.now() - step.stamp.milliseconds > CollectionRow.stepLifetime
    }

    private func busy(_ name: String) -> WhiplashError {
        .conflict(
            reason: "collection '\(name)' is being created or deleted by another request; try again soon")
    }
}

/// Runs store calls and hands their errors on as the engine's.
func mapStoreError<Output>(
    _ body: () async throws(StoreError) -> Output
) async throws(WhiplashError) -> Output {
    do { return try await body() } catch { throw .store(error) }
}

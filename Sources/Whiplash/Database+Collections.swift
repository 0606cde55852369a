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
        let claimed = try await claimedWithTables(try new.configuration(in: project, settings, origin))
        try await finish(claimed) { $0.state = .ready }
        _ = try await claimProject(project)
        let now = origin.now()
        return VectorCollection(cache.remember(claimed.configuration, readAt: now), readAt: now, in: self)
    }

    /// An existing collection, by its name or an alias. What a process once read it trusts for `DatabaseSettings.configurationLifetime`.
    ///
    /// - Throws: `notFound`, of the project when that is unknown.
    public func collection(_ name: String, in project: String) async throws(WhiplashError) -> VectorCollection
    {
        var meant = name
        let known = knownTarget(ofAlias: name, in: project) ?? name
        if let found = try await knownOrStored(known, in: project) { return found }
        if let target = try await storedTarget(ofAlias: name, in: project) {
            if let found = try await knownOrStored(target, in: project) { return found }
            if let found = try await collection(movedFrom: target, in: project) { return found }
            meant = target
        }
        try await refuseUnfinished(name, in: project)
        try await checkProject(project)
        throw .notFound(.collection, name: meant)
    }

    /// A collection as the process knows it, read when it does not or too long ago; nil when there is none of this name.
    func knownOrStored(
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
        guard var step = try await settledRow(name, in: project), step.state.isCollection else {
            try await checkProject(project)
            throw .notFound(.collection, name: name)
        }
        guard step.state != .creating || isLeftBehind(step) else { throw busy(name) }
        let found = step.unchanged
        (step.state, step.stamp, step.clone) = (.deleting, origin.stamp(), nil)
        cache.forget(step.configuration.id)
        guard try await writeMetadata(.put(step.row, in: metadataTable), if: found) else { throw busy(name) }
        try await removeTables(step.configuration)
        let removing = step.unchanged
        (step.state, step.stamp) = (.deleted, origin.stamp())
        _ = try await writeMetadata(.put(step.row, in: metadataTable), if: removing)
    }

    /// `<project>_<stage>_<name>`, as `CollectionConfiguration.id` is.
    func joinedID(_ name: String, in project: String) -> String { "\(project)_\(settings.stage)_\(name)" }

    /// The collections that can be used, by id.
    func readyCollections() async throws(WhiplashError) -> [CollectionConfiguration] {
        try await listedCollections().filter { $0.clone == nil }
    }

    /// The collections that can be used and those that are being cloned, by id.
    func listedCollections() async throws(WhiplashError) -> [CollectionConfiguration] {
        var collections: [CollectionConfiguration] = []
        for row in try await metadataRows(CollectionRow.partition(stage: settings.stage)) {
            let stored = try await settled(try decode(row))
            if [.ready, .cloning].contains(stored.state) { collections.append(stored.configuration) }
        }
        return collections
    }

    /// Read from the store, never from the cache.
    ///
    /// Ids are joined from names, so that another collection may have the id asked for: `a_dev_b` in `c` is `b` in `c_dev_a`.
    func readyCollection(
        _ name: String, in project: String
    ) async throws(WhiplashError) -> CollectionConfiguration? {
        guard let stored = try await settledRow(name, in: project), stored.state == .ready else { return nil }
        return stored.configuration
    }

    /// The row of a name as it is now, of whatever state; nil when there is none, or one of another name with this id.
    func settledRow(_ name: String, in project: String) async throws(WhiplashError) -> CollectionRow? {
        let key = CollectionRow.key(id: joinedID(name, in: project), stage: settings.stage)
        guard let stored = try await storedRow(key), stored.configuration.name == name,
            stored.configuration.project == project
        else { return nil }
        return try await settled(stored)
    }
}

extension CollectionRow.State {
    /// Whether the row is of a collection, and not of a name that none has.
    fileprivate var isCollection: Bool {
        switch self {
        case .creating, .ready, .deleting, .cloning: true
        case .deleted, .arriving, .moved: false
        }
    }
}

// MARK: - Steps

extension Database {
    /// Takes a new collection's name, waits for those who know another that had it, and makes its tables.
    ///
    /// - Returns: The claim, to be finished.
    func claimedWithTables(
        _ configuration: CollectionConfiguration
    ) async throws(WhiplashError) -> CollectionRow {
        let step = CollectionRow(configuration: configuration, state: .creating, stamp: origin.stamp())
        let (claimed, found) = try await claim(step)
        try await outlive(found)
        let isLeftBehind = found.map { [.creating, .deleting].contains($0.state) } ?? false
        try await makeTables(claimed.configuration, anew: isLeftBehind)
        return claimed
    }

    /// Turns the claim into what it was made for.
    func finish(
        _ claimed: CollectionRow, _ change: (inout CollectionRow) -> Void
    ) async throws(WhiplashError) {
        var step = claimed
        change(&step)
        step.stamp = origin.stamp()
        guard try await writeMetadata(.put(step.row, in: metadataTable), if: claimed.unchanged) else {
            throw .conflict(
                reason:
                    "another request has taken over the making of collection '\(step.configuration.name)'")
        }
    }

    /// Takes a name, also from a process that died on the way.
    ///
    /// - Parameter step: Of state `creating` or `arriving`.
    /// - Returns: The row as it is stored, and what stood there before: a tombstone, or a step left behind, whose tables may be there
    ///   still.
    /// - Throws: `alreadyExists`; `conflict` while others are at it.
    func claim(
        _ step: CollectionRow
    ) async throws(WhiplashError) -> (claimed: CollectionRow, found: CollectionRow?) {
        if try await writeMetadata(.put(step.row, in: metadataTable), if: .absent) { return (step, nil) }
        let name = step.configuration.name
        guard let found = try await storedRow(step.row.key) else { throw busy(name) }
        // The store may have tried twice.
        if found.stamp == step.stamp { return (step, nil) }
        try await free(found, for: step)
        var step = step
        if step.state == .creating { step.configuration.tableID = step.configuration.tables(after: found) }
        guard try await writeMetadata(.put(step.row, in: metadataTable), if: found.unchanged) else {
            throw busy(name)
        }
        return (step, found)
    }

    /// Sees to it that a name can be taken from what stands there, or throws.
    private func free(_ found: CollectionRow, for step: CollectionRow) async throws(WhiplashError) {
        switch found.state {
        case .ready, .cloning: throw .alreadyExists(.collection, name: found.configuration.name)
        case .deleted: return
        case .moved: try await settleMove(of: found)
        case .creating, .deleting:
            // A name that a collection comes to brings no tables to be made or removed.
            guard isLeftBehind(found), step.state == .creating else {
                throw busy(found.configuration.name)
            }
        case .arriving:
            guard try await settled(found).state == .arriving else {
                throw .alreadyExists(.collection, name: found.configuration.name)
            }
            guard isLeftBehind(found) else { throw busy(found.configuration.name) }
            try await hold(found)
        }
    }

    /// Waits until no process can still take what had the name before for what has it: it would write into the wrong tables.
    func outlive(_ before: CollectionRow?) async throws(WhiplashError) {
        guard let before, settings.configurationLifetime > 0 else { return }
        let end = before.stamp.milliseconds + settings.configurationLifetime + Self.clockMargin
        do {
            if end > origin.now() { try await origin.sleep(end - origin.now()) }
        } catch {
            throw .store(.cancelled)
        }
    }

    /// How far the clocks of two processes may differ, in milliseconds.
    static let clockMargin: Int64 = 1_000

    private func makeTables(
        _ configuration: CollectionConfiguration, anew: Bool
    ) async throws(WhiplashError) {
        if anew { try await removeTables(configuration) }
        let store = store
        try await mapStoreError { () throws(StoreError) in
            _ = try await concurrently(configuration.tables, width: 2) { table throws(StoreError) in
                try await store.createTable(table)
            }
        }
    }

    private func removeTables(_ configuration: CollectionConfiguration) async throws(WhiplashError) {
        let store = store
        try await mapStoreError { () throws(StoreError) in
            _ = try await concurrently(configuration.tables, width: 2) { table throws(StoreError) in
                try await store.deleteTable(table)
            }
        }
    }

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

    func busy(_ name: String) -> WhiplashError {
        .conflict(
            reason:
                "collection '\(name)' is being created, renamed or deleted by another request; try again soon"
        )
    }
}

extension CollectionConfiguration {
    fileprivate var tables: [TableName] { [vectorsTable, bucketsTable] }

    /// What the tables of a collection are named after that is made where this row is: as those that are gone or are to go. Where a
    /// collection has kept its tables under another name, they are new ones, told apart by chance.
    fileprivate func tables(after found: CollectionRow) -> String? {
        switch found.state {
        case .moved, .arriving: id + "." + incarnation
        case .creating, .ready, .deleting, .deleted, .cloning: found.configuration.tableID
        }
    }
}

/// Runs store calls and hands their errors on as the engine's.
func mapStoreError<Output>(
    _ body: () async throws(StoreError) -> Output
) async throws(WhiplashError) -> Output {
    do { return try await body() } catch { throw .store(error) }
}

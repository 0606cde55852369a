import Storage

/// Other names for collections that keep their rows: docs/decisions/0017.
///
/// 1. The new name is claimed (`arriving`), and whoever knows another collection by it is waited for.
/// 2. The row of the old name becomes `moved`, on condition that it is still what was read before the claim. This decides it: from
///    here on the collection has its new name, whoever dies.
/// 3. Whoever meets the row of the new name carries out the rest (`settled`): aliases follow, and the row becomes `ready`.
///
/// Rows of items are not touched: they lie in the tables of the collection's first name, under its incarnation. A process that still
/// knows the old name writes where those look who know the new one.
extension Database {
    /// Gives a collection another name in its project. Aliases that mean it follow. Asked again for what has been done, it changes
    /// nothing.
    ///
    /// Other processes find it under the old name for `DatabaseSettings.configurationLifetime` at the most, and what they
    /// write meanwhile is the collection's.
    ///
    /// - Parameter name: Its name, not an alias.
    /// - Throws: `invalid`; `notFound`; `alreadyExists` when a collection or an alias has the name; `conflict` while it is an
    ///   unfinished clone, or others are at either name.
    public func renameCollection(
        _ name: String, to newName: String, in project: String
    ) async throws(WhiplashError) -> VectorCollection {
        try Names.check(newName, field: "name")
        let source = try await renamable(name, to: newName, in: project)
        if source.state == .ready { try await move(source, to: newName) }
        // What is in memory goes over to the new name.
        let found = try await collection(newName, in: project)
        cache.forget(source.configuration.id)
        guard found.configuration.identity == source.configuration.identity else {
            throw .notFound(.collection, name: name)
        }
        return found
    }

    /// The row of a collection that can be renamed, or that has been to just this name.
    private func renamable(
        _ name: String, to newName: String, in project: String
    ) async throws(WhiplashError) -> CollectionRow {
        let row = try await settledRow(name, in: project)
        switch row?.state {
        case .ready: break
        case .moved where row?.peer == newName: break
        default:
            try await refuseUnfinished(name, in: project)
            try await checkProject(project)
            throw .notFound(.collection, name: name)
        }
        guard let row else { throw .notFound(.collection, name: name) }
        return row
    }

    private func move(_ source: CollectionRow, to newName: String) async throws(WhiplashError) {
        let project = source.configuration.project
        try await refuseAlias(newName, in: project)
        var arriving = source
        arriving.configuration = source.configuration.renamed(newName)
        arriving.tuning = nil
        (arriving.state, arriving.peer, arriving.stamp) = (
            .arriving, source.configuration.name, origin.stamp()
        )
        let (claimed, found) = try await claim(arriving)
        try await outlive(found)
        var claim = Claim(row: claimed, found: found)
        do {
            // An alias may have been given the name before the claim was there to be seen.
            try await refuseAlias(newName, in: project)
        } catch {
            guard case .alreadyExists = error else { throw error }
            try await release(claim)
            throw error
        }
        try await decide(source, &claim)
    }

    /// The row of a name that is claimed, and what stood there before.
    private struct Claim {
        var row: CollectionRow
        var found: CollectionRow?
    }

    /// Has the row of the old name say that the collection has moved.
    ///
    /// What that row was has to be read before the claim is written: who takes over a claim left behind changes the row of the old name
    /// first (`hold`), so that of a claim that is gone nothing is decided any more.
    private func decide(_ source: CollectionRow, _ claim: inout Claim) async throws(WhiplashError) {
        var source = source
        for _ in 0..<Self.changeAttempts {
            var moved = source
            (moved.state, moved.peer) = (.moved, claim.row.configuration.name)
            moved.stamp = origin.stamp()
            let isMoved = try await writeMetadata(.put(moved.row, in: metadataTable), if: source.unchanged)
            if isMoved { return }
            // A tuning was at it, or somebody else's step; or this one's was tried twice by the store.
            guard let now = try await storedRow(source.row.key), now.leadsTo(claim.row) || now.isAs(source)
            else {
                try await release(claim)
                throw .notFound(.collection, name: source.configuration.name)
            }
            if now.leadsTo(claim.row) { return }
            source = now
            try await renew(&claim)
        }
        try await release(claim)
        throw busy(source.configuration.name)
    }

    private func renew(_ claim: inout Claim) async throws(WhiplashError) {
        let before = claim.row.unchanged
        claim.row.stamp = origin.stamp()
        guard try await writeMetadata(.put(claim.row.row, in: metadataTable), if: before) else {
            throw busy(claim.row.configuration.name)
        }
    }

    /// Puts back what stood where a name was claimed in vain. Only where it is certain that the old name's row does not say `moved`.
    private func release(_ claim: Claim) async throws(WhiplashError) {
        let write: Write =
            if let found = claim.found { .put(found.row, in: metadataTable) } else {
                .delete(claim.row.row.key, in: metadataTable)
            }
        _ = try await writeMetadata(write, if: claim.row.unchanged)
    }

    /// Keeps whoever left this claim behind from going on with it, should he live after all.
    func hold(_ claim: CollectionRow) async throws(WhiplashError) {
        guard let source = try await storedPeer(of: claim), source.state == .ready,
            source.configuration.identity == claim.configuration.identity
        else { return }
        var held = source
        held.stamp = origin.stamp()
        guard try await writeMetadata(.put(held.row, in: metadataTable), if: source.unchanged) else {
            throw busy(claim.configuration.name)
        }
    }

    private func refuseAlias(_ name: String, in project: String) async throws(WhiplashError) {
        if try await storedTarget(ofAlias: name, in: project) != nil {
            throw .alreadyExists(.alias, name: name)
        }
    }
}

extension CollectionRow {
    /// Whether the collection of this row has moved to that name.
    fileprivate func leadsTo(_ row: CollectionRow) -> Bool {
        state == .moved && peer == row.configuration.name
            && configuration.identity == row.configuration.identity
    }

    /// Whether it is the same collection still, as it can be renamed.
    fileprivate func isAs(_ row: CollectionRow) -> Bool {
        state == .ready && configuration.identity == row.configuration.identity
    }
}

extension CollectionConfiguration {
    /// The same collection, with the tables that it has, under another name.
    fileprivate func renamed(_ name: String) -> CollectionConfiguration {
        var renamed = self
        (renamed.name, renamed.tableID) = (name, tableID ?? id)
        return renamed
    }
}

// MARK: - What follows

extension Database {
    /// The row as it is when a rename that has been decided is carried out.
    func settled(_ row: CollectionRow) async throws(WhiplashError) -> CollectionRow {
        guard row.state == .arriving, let source = try await storedPeer(of: row), source.leadsTo(row) else {
            return row
        }
        try await moveAliases(from: source.configuration, to: row.configuration.name)
        try await moveMaintenance(from: source.configuration, to: row.configuration)
        var ready = source
        ready.configuration = source.configuration.renamed(row.configuration.name)
        (ready.state, ready.peer, ready.stamp) = (.ready, nil, origin.stamp())
        if try await writeMetadata(.put(ready.row, in: metadataTable), if: row.unchanged) { return ready }
        return try await storedRow(row.row.key) ?? row
    }

    /// Carries out the rename that has led away from this row, before the row goes.
    func settleMove(of row: CollectionRow) async throws(WhiplashError) {
        guard let target = try await storedPeer(of: row), row.leadsTo(target) else { return }
        _ = try await settled(target)
    }

    private func storedPeer(of row: CollectionRow) async throws(WhiplashError) -> CollectionRow? {
        guard let peer = row.peer else { return nil }
        let id = joinedID(peer, in: row.configuration.project)
        return try await storedRow(CollectionRow.key(id: id, stage: settings.stage))
    }

    /// What is kept for its maintenance goes with a collection.
    private func moveMaintenance(
        from source: CollectionConfiguration, to target: CollectionConfiguration
    ) async throws(WhiplashError) {
        let key = MaintenanceRow(source).row(stage: settings.stage).key
        guard var kept = try await metadataRow(key).flatMap(MaintenanceRow.init),
            kept.incarnation == source.incarnation
        else { return }
        kept.id = target.id
        let put = Write.put(kept.row(stage: settings.stage), in: metadataTable)
        try await mapStoreError { () throws(StoreError) in
            try await store.write([put])
            try await store.write([.delete(key, in: metadataTable)])
        }
    }

    /// The collection that had this name and has another, as the name's row tells as long as nobody else has taken it.
    func collection(
        movedFrom name: String, in project: String
    ) async throws(WhiplashError) -> VectorCollection? {
        guard let row = try await settledRow(name, in: project), row.state == .moved else { return nil }
        return try await collection(of: row.configuration.identity)
    }

    /// A collection whatever it is called by now. Reads the rows of all.
    func collection(of identity: CollectionIdentity) async throws(WhiplashError) -> VectorCollection? {
        let all = try await readyCollections()
        guard let found = all.first(where: { $0.identity == identity }) else { return nil }
        return try await knownOrStored(found.name, in: found.project)
    }
}

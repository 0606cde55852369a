import Storage
import VectorIndex

/// Copies of collections, made in steps while others search and write.
extension Database {
    /// Goes on copying a collection under another name of its project, some seconds long; called until `isDone`.
    ///
    /// An item that is in the source all the while, and not changed, is in the clone as it is there. One that others store, change or
    /// remove meanwhile is in the clone as it was at some moment between the first call and the end, or not, if it was not there
    /// then: a clone is no snapshot. Versions are new ones; times after which items are gone are kept.
    ///
    /// Until it is done the clone can be shown, listed and deleted, and is refused to all who read or write its items. It costs a reading
    /// of all vectors, and what storing them anew costs. Memory is that of one page.
    ///
    /// - Throws: `invalid`, also where an item cannot be as the clone is to be; `notFound`; `alreadyExists`; `conflict` while others
    ///   are at it, or when the source is gone.
    public func cloneCollection(
        _ name: String, as clone: NewClone, in project: String
    ) async throws(WhiplashError) -> CloneReport {
        try await cloneCollection(name, as: clone, in: project, within: 5_000)
    }

    /// - Parameter milliseconds: After this time no further page is begun. Making the tables is not divided.
    public func cloneCollection(
        _ name: String, as clone: NewClone, in project: String, within milliseconds: Int64
    ) async throws(WhiplashError) -> CloneReport {
        let end = origin.now() + milliseconds
        try Names.check(clone.name, field: "name")
        let source = try await collection(name, in: project)
        // What the process knows may be gone by now, and there would be a clone of nothing.
        guard
            let stored = try await readyCollection(source.configuration.name, in: project),
            stored.identity == source.configuration.identity
        else { throw .notFound(.collection, name: name) }
        let target = try await begun(clone, of: source)
        return try await Cloning(database: self, target: target, end: end).run()
    }

    /// The unfinished clone, found or made.
    private func begun(
        _ clone: NewClone, of source: VectorCollection
    ) async throws(WhiplashError) -> CollectionConfiguration {
        let project = source.configuration.project
        if let row = try await settledRow(clone.name, in: project), row.state == .cloning {
            guard row.clone?.source == source.configuration.identity else {
                throw .alreadyExists(.collection, name: clone.name)
            }
            try clone.check(against: row.configuration)
            return row.configuration
        }
        if try await storedTarget(ofAlias: clone.name, in: project) != nil {
            throw .alreadyExists(.alias, name: clone.name)
        }
        // The planes belong to the configuration, and both are of one reading.
        let current = try await source.current()
        let configuration = try clone.configuration(of: current.configuration, settings, origin)
        let claimed = try await claimedWithTables(configuration)
        try await store(planesOf: current.index, for: claimed.configuration)
        let state = CloneState(
            progress: CloneProgress(
                source: current.configuration.name, copiedCount: 0, startedAt: origin.now()),
            source: current.configuration.identity)
        try await finish(claimed) { row in
            row.state = .cloning
            row.clone = state
        }
        return claimed.configuration
    }

    private func store(
        planesOf index: CollectionIndex, for clone: CollectionConfiguration
    ) async throws(WhiplashError) {
        guard clone.generation > 0, case .learned(let cells) = index.read.planes else { return }
        let rows = PlanesRows.rows(of: cells, in: PlanesRows.partition(clone, clone.generation))
        try await mapStoreError { () throws(StoreError) in
            try await store.write(rows.map { .put($0, in: clone.bucketsTable) })
        }
    }

    /// Throws `conflict` when this is the name of an unfinished clone.
    func refuseUnfinished(_ name: String, in project: String) async throws(WhiplashError) {
        guard let row = try await settledRow(name, in: project), row.state == .cloning,
            let progress = row.clone?.progress
        else { return }
        throw .conflict(reason: progress.refusal(of: name))
    }

    /// What a collection is, also one that is an unfinished clone; by its name or an alias.
    ///
    /// - Throws: `notFound`, of the project when that is unknown.
    public func configuration(
        ofCollection name: String, in project: String
    ) async throws(WhiplashError) -> CollectionConfiguration {
        if let row = try await settledRow(name, in: project), row.state == .cloning {
            return row.configuration
        }
        return try await collection(name, in: project).configuration
    }
}

/// One call's part in the making of a clone.
struct Cloning: Sendable {
    let database: Database
    let target: CollectionConfiguration
    /// In milliseconds since 1970.
    let end: Int64

    /// Rows of a page. Of the largest, 400 KB each, that is 100 MB.
    static let pageRows = 256

    func run() async throws(WhiplashError) -> CloneReport {
        var report = CloneReport(state: "cloned", isDone: true, copiedCount: 0)
        var written: VectorCollection?
        while true {
            let row = try await row()
            guard let clone = row.clone else {
                (report.state, report.isDone) = ("cloned", true)
                return report
            }
            report = CloneReport(
                state: clone.copiedAt == nil ? "copying" : "settling", isDone: false,
                copiedCount: clone.progress.copiedCount)
            let isOver = database.origin.now() >= end
            if let copiedAt = clone.copiedAt {
                guard try await waitForReplicas(since: copiedAt) else { return report }
                _ = try await take(row) { row in (row.state, row.clone) = (.ready, nil) }
            } else if isOver, written != nil {
                return report
            } else {
                let clone = try await target(known: written)
                written = clone
                try await copyPage(row, to: clone)
            }
        }
    }

    /// The clone as it is written to; kept from those who look for collections.
    private func target(known: VectorCollection?) async throws(WhiplashError) -> VectorCollection {
        if let known { return known }
        let readAt = database.origin.now()
        let planes = try await database.planes(of: target, known: nil)
        return VectorCollection(
            CollectionIndex(target, planes: planes), readAt: readAt, in: database)
    }

    /// The clone's row as it is now.
    private func row() async throws(WhiplashError) -> CollectionRow {
        guard let row = try await database.settledRow(target.name, in: target.project),
            row.configuration.identity == target.identity, [.cloning, .ready].contains(row.state)
        else { throw .notFound(.collection, name: target.name) }
        return row
    }

    /// Writes a changed row if it is still the one read, and tells whether it was.
    private func take(
        _ row: CollectionRow, _ change: (inout CollectionRow) -> Void
    ) async throws(WhiplashError) -> Bool {
        var changed = row
        change(&changed)
        changed.stamp = database.origin.stamp()
        let put = Write.put(changed.row, in: database.metadataTable)
        return try await database.writeMetadata(put, if: row.unchanged)
    }

    private func copyPage(
        _ row: CollectionRow, to target: VectorCollection
    ) async throws(WhiplashError) {
        guard let clone = row.clone else { return }
        let source = try await source(of: clone)
        let scan = TableScan(
            source.vectorsTable, after: clone.cursor, limit: Self.pageRows, consistency: .strong)
        let page = try await source.inTables { () throws(StoreError) in
            try await source.store.scan(scan)
        }
        let now = database.origin.seconds
        var items: [Item] = []
        for row in page.rows
        where source.layout.item(ofVector: row.key) != nil && !row.isExpired(at: now) {
            items.append(try source.decode(row).item)
        }
        try await target.copy(items, row.stamp)
        let copiedAt = page.next == nil ? database.origin.now() : nil
        _ = try await take(row) { row in
            row.clone?.progress.copiedCount += items.count
            row.clone?.cursor = page.next
            row.clone?.copiedAt = copiedAt
        }
    }

    private func source(of clone: CloneState) async throws(WhiplashError) -> VectorCollection {
        if let found = try await database.knownOrStored(clone.progress.source, in: target.project),
            found.configuration.identity == clone.source
        {
            return try await found.current()
        }
        guard let found = try await database.collection(of: clone.source) else {
            throw .conflict(
                reason:
                    "collection '\(clone.progress.source)' is gone, of which '\(target.name)' was to be a clone; delete '\(target.name)'"
            )
        }
        return found
    }

    /// The clone becomes a collection when replicas have what it has: those who fill their memory read it eventually.
    ///
    /// - Returns: False when there was no time to wait so long.
    private func waitForReplicas(since copiedAt: Int64) async throws(WhiplashError) -> Bool {
        guard case .timed(let lag, _) = database.store.logOrder else { return true }
        let now = database.origin.now()
        let left = copiedAt + lag + Database.clockMargin - now
        if left <= 0 { return true }
        guard left <= end - now else { return false }
        do { try await database.origin.sleep(left) } catch { throw .store(.cancelled) }
        return true
    }
}

extension VectorCollection {
    /// Stores a page of another collection's items in this one, a clone that nobody else writes yet.
    ///
    /// Bucket rows and vectors are stored where none is: a process that has stood still on the way stores nothing in the place of what
    /// others have stored since. Hints come before the truth, as always.
    func copy(_ items: [Item], _ stamp: WriteStamp) async throws(WhiplashError) {
        if items.isEmpty { return }
        var (checked, vectors, stored) = ([Item](), [Write](), [BucketRow]())
        for item in items {
            let (vector, buckets) = try copyRows(of: item, stamp)
            checked.append(vector.item)
            vectors.append(put(vector))
            stored += buckets
        }
        // Nobody follows the log of a collection that nobody may search; the list of groups is no log.
        let notes =
            configuration.grouping
            ? layout.notes(of: stored.map(IndexChange.stored), stamp, in: bucketsTable) : []
        let hints = postings(of: checked, stamp) + notes
        let buckets = stored.map { Write.put($0.row(layout), in: bucketsTable) }
        let (store, truth) = (store, vectors)
        try await inTables { () throws(StoreError) in
            if !hints.isEmpty { try await store.write(hints) }
            for writes in [buckets, truth] {
                _ = try await concurrently(writes, width: Self.fillWidth) { write throws(StoreError) in
                    try await store.writeUnlessThere(write)
                }
            }
        }
    }

    private func copyRows(
        of item: Item, _ stamp: WriteStamp
    ) throws(WhiplashError) -> (VectorRow, [BucketRow]) {
        do {
            let stored = try stored(item, field: "")
            let made = rows(of: stored, stamp)
            try checkSize(put(made.0), field: "")
            return made
        } catch {
            guard case .invalid(let violation) = error else { throw error }
            throw .invalid(
                Violation(
                    field: violation.field, expected: violation.expected,
                    received: "\(violation.received), in item '\(item.id)' of the source"))
        }
    }
}

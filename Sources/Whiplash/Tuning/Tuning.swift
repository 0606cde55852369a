import Storage
import VectorIndex

/// What a call of `VectorCollection.tune` has come to.
public struct TuningReport: Sendable, Equatable {
    /// A phase of `TuningState`; `tuned` when all is done, `too_small` when there is nothing to learn from.
    public var state: String
    public var isDone: Bool
    /// The generation of planes that searches read.
    public var generation: Int
    /// How many vectors have their bucket row in the new generation.
    public var filledCount: Int

    public init(state: String, isDone: Bool, generation: Int, filledCount: Int) {
        self.state = state
        self.isDone = isDone
        self.generation = generation
        self.filledCount = filledCount
    }
}

extension VectorCollection {
    /// Learns planes from a sample and moves the collection's bucket rows under them, while others search and write.
    ///
    /// Goes on where the last call, of whatever process, has stopped, and begins anew when nothing is under way. Every search
    /// finds what was acknowledged before it all the while. Costs a reading of all vectors and a write unit for each; and as long as both
    /// generations are written each insert costs two write units more.
    ///
    /// - Parameter milliseconds: After this time no further page is begun. Learning is not divided and takes some seconds.
    /// - Throws: `invalid` for a grouped collection, whose groups are searched without planes.
    public func tune(within milliseconds: Int64) async throws(WhiplashError) -> TuningReport {
        if configuration.grouping {
            throw .invalid(
                Violation(
                    field: "collectionId", expected: "a collection without groups, as groups need no planes",
                    received: "one with groups"))
        }
        return try await Tuning(database, configuration, until: origin.now() + milliseconds).run()
    }
}

/// One call's part in the tuning of a collection.
struct Tuning: Sendable {
    let database: Database
    let configuration: CollectionConfiguration
    /// In milliseconds since 1970.
    let end: Int64
    /// Learning is not begun later, so that it may end in time.
    private let lastBeginning: Int64

    init(_ database: Database, _ configuration: CollectionConfiguration, until end: Int64) {
        let now = database.origin.now()
        lastBeginning = end - min(10_000, (end - now) / 2)
        self.database = database
        self.configuration = configuration
        self.end = end
    }

    private enum Step {
        /// Taken, by this process or another.
        case taken
        case waiting
        case finished(String)
    }

    func run() async throws(WhiplashError) -> TuningReport {
        while true {
            let readAt = database.origin.now()
            let row = try await row()
            switch try await step(row, readAt) {
            case .taken where database.origin.now() < end: continue
            case .taken, .waiting: return report(try await self.row())
            case .finished(let state):
                var report = report(try await self.row())
                (report.state, report.isDone) = (state, true)
                report.filledCount = row.tuning?.filledCount ?? 0
                return report
            }
        }
    }

    private func report(_ row: CollectionRow) -> TuningReport {
        TuningReport(
            state: row.tuning?.phase.rawValue ?? "tuned", isDone: row.tuning == nil,
            generation: row.configuration.generation, filledCount: row.tuning?.filledCount ?? 0)
    }

    /// The collection's row as it is now.
    private func row() async throws(WhiplashError) -> CollectionRow {
        let key = CollectionRow.key(id: configuration.id, stage: configuration.stage)
        guard let row = try await database.storedRow(key), row.state == .ready,
            row.configuration.incarnation == configuration.incarnation
        else { throw .notFound(.collection, name: configuration.name) }
        return row
    }

    private func step(_ row: CollectionRow, _ readAt: Int64) async throws(WhiplashError) -> Step {
        guard let tuning = row.tuning else { return try await begin(row, row.configuration.generation + 1) }
        switch tuning.phase {
        case .sampling:
            // Who began it may be learning still, for as long as a function lives.
            let left = row.stamp.milliseconds + Self.samplingLifetime - database.origin.now()
            if left > 0 { return try await wait(left) }
            return try await begin(row, tuning.other + 1)
        case .announced:
            return try await onceHeard(row, tuning) { $0.tuning = tuning.entering(.filling) }
        case .filling: return try await fill(row, tuning, readAt)
        case .filled: return try await switchOver(row, tuning)
        case .switched:
            return try await onceHeard(row, tuning) { row in
                row.configuration.alsoWritten = nil
                row.tuning = tuning.entering(.leaving)
            }
        case .leaving: return try await onceHeard(row, tuning) { $0.tuning = tuning.entering(.removing) }
        case .removing: return try await remove(row, tuning)
        }
    }

    /// In milliseconds; a Lambda function lives 28 s.
    static let samplingLifetime: Int64 = 30_000

    /// Writes a changed row if it is still the one read. Whoever was faster, the next look tells where things are.
    @discardableResult
    private func take(
        _ row: CollectionRow, _ change: (inout CollectionRow) -> Void
    ) async throws(WhiplashError) -> CollectionRow? {
        var changed = row
        change(&changed)
        changed.stamp = database.origin.stamp()
        let put = Write.put(changed.row, in: database.metadataTable)
        return try await database.writeMetadata(put, if: row.unchanged) ? changed : nil
    }

    private func wait(_ milliseconds: Int64) async throws(WhiplashError) -> Step {
        let left = end - database.origin.now()
        guard left > 0 else { return .waiting }
        do { try await database.origin.sleep(min(milliseconds, left)) } catch { throw .store(.cancelled) }
        return milliseconds <= left ? .taken : .waiting
    }

    /// A step that has to wait until every process has heard of the one before.
    ///
    /// The time counts from when somebody saw the row: when it was written its writer cannot tell.
    private func onceHeard(
        _ row: CollectionRow, _ tuning: TuningState, atLeast least: Int64 = 0,
        _ change: (inout CollectionRow) -> Void
    ) async throws(WhiplashError) -> Step {
        guard let seenAt = tuning.seenAt else {
            try await take(row) { $0.tuning?.seenAt = database.origin.now() }
            return .taken
        }
        let heard = max(least, database.settings.configurationTrust) + Database.clockMargin
        let left = seenAt + heard - database.origin.now()
        if left > 0 { return try await wait(left) }
        try await take(row, change)
        return .taken
    }
}

// MARK: - Learning

extension Tuning {
    private func begin(_ row: CollectionRow, _ number: Int) async throws(WhiplashError) -> Step {
        let now = database.origin.now()
        if now > lastBeginning { return .waiting }
        let state = TuningState(phase: .sampling, other: number, startedAt: now)
        guard let begun = try await take(row, { $0.tuning = state }) else { return .taken }
        guard let cells = try await learn() else {
            try await take(begun) { finish(&$0, "too_small") }
            return .finished("too_small")
        }
        let table = configuration.bucketsTable
        let rows = PlanesRows.rows(of: cells, in: PlanesRows.partition(configuration, number))
        try await mapStoreError { () throws(StoreError) in
            try await database.store.write(rows.map { .put($0, in: table) })
        }
        try await take(begun) { row in
            row.configuration.alsoWritten = number
            row.tuning = state.entering(.announced)
        }
        return .taken
    }

    private func learn() async throws(WhiplashError) -> LearnedCells? {
        let configuration = configuration
        let sample = try await VectorSample(database, configuration).read()
        guard sample.count >= LearnedCells.minSampleCount * configuration.featureCount else { return nil }
        let seed = database.origin.random()
        // Seconds of arithmetic: not on a thread that others wait for longer than they have to.
        await Task.yield()
        return LearnedCells(
            sample: sample, dimension: configuration.featureCount, metric: configuration.metric, seed: seed)
    }
}

// MARK: - Filling and removing

extension Tuning {
    private func fill(
        _ row: CollectionRow, _ tuning: TuningState, _ readAt: Int64
    ) async throws(WhiplashError) -> Step {
        let index = try await database.index(of: row.configuration, readAt)
        let collection = VectorCollection(index, readAt: readAt, in: database)
        guard let generation = index.generations.first(where: { $0.number == tuning.other }) else {
            throw .store(.unreadable(reason: "a collection is being filled without its new planes"))
        }
        let scan = TableScan(
            collection.vectorsTable, after: tuning.cursor, limit: Self.pageRows, consistency: .strong)
        let page = try await collection.inTables { () throws(StoreError) in
            try await database.store.scan(scan)
        }
        var vectors: [VectorRow] = []
        let now = database.origin.seconds
        for row in page.rows
        where collection.layout.item(ofVector: row.key) != nil && !row.isExpired(at: now) {
            vectors.append(try collection.decode(row))
        }
        // Nobody reads the generation yet, and so nobody follows its log.
        try await collection.fill(generation, with: vectors, noted: false)
        try await take(row) { row in
            row.tuning?.filledCount += vectors.count
            row.tuning?.cursor = page.next
            if page.next == nil { row.tuning = row.tuning?.entering(.filled) }
        }
        return .taken
    }

    private static let pageRows = 1_000

    /// The new generation becomes the one that is read, when replicas have it: those who fill their memory read it eventually.
    private func switchOver(_ row: CollectionRow, _ tuning: TuningState) async throws(WhiplashError) -> Step {
        let change = { (row: inout CollectionRow) in
            var next = tuning.entering(.switched)
            (next.other, row.configuration.alsoWritten) =
                (row.configuration.generation, row.configuration.generation)
            row.configuration.generation = tuning.other
            row.tuning = next
        }
        if case .timed(let lag, _) = database.store.logOrder {
            return try await onceHeard(row, tuning, atLeast: lag, change)
        }
        try await take(row, change)
        return .taken
    }

    /// Removes what the old generation has left, a page at a time, and what tunings given up before have.
    private func remove(_ row: CollectionRow, _ tuning: TuningState) async throws(WhiplashError) -> Step {
        let table = configuration.bucketsTable
        for number in tuning.other..<row.configuration.generation {
            let old = row.configuration.reading(number)
            let partitions =
                (0..<old.shardCount).map { old.bucketPartition(shard: $0) }
                + (0..<old.logCount).map { old.logPartition($0) } + [PlanesRows.partition(old, number)]
            for partition in partitions {
                guard try await empty(partition, of: table) else { return .waiting }
            }
        }
        guard try await take(row, { finish(&$0, "tuned") }) != nil else { return .taken }
        return .finished("tuned")
    }

    private func finish(_ row: inout CollectionRow, _ state: String) {
        row.lastTuning = LastTuning(
            state: state, generation: row.configuration.generation,
            filledCount: row.tuning?.filledCount ?? 0, finishedAt: database.origin.now())
        row.tuning = nil
    }

    /// - Returns: False when the time ran out before.
    private func empty(_ partition: String, of table: TableName) async throws(WhiplashError) -> Bool {
        while true {
            let query = RangeQuery(table, partition: partition, limit: Self.pageRows, consistency: .strong)
            let isEmpty = try await mapStoreError { () throws(StoreError) in
                let page = try await database.store.query(query)
                if !page.rows.isEmpty {
                    try await database.store.write(page.rows.map { .delete($0.key, in: table) })
                }
                return page.rows.isEmpty && page.next == nil
            }
            if isEmpty { return true }
            if database.origin.now() >= end { return false }
        }
    }
}

import Storage
import Synchronization
import VectorIndex

/// The way from the store to the rows in memory, and on along the change log.
extension VectorCollection {
    /// The rows in memory, with every change that was acknowledged before the call; nil when they do not fit.
    ///
    /// One round trip when the rows are there: the change log's. Those of an eventual search may be
    /// `eventualAge` old, and then there is none.
    func warmSnapshot(_ consistency: Consistency) async throws(WhiplashError) -> WarmIndex.Snapshot? {
        index.warm.usedAt.store(origin.now(), ordering: .relaxed)
        while true {
            if let snapshot = try await refreshed(consistency) { return snapshot }
            switch index.warm.need(now: origin.now(), { try await filled() }) {
            case .none: continue
            case .tooLarge: return nil
            case .wait(let task):
                // Whatever became of it: looked at again, and by then it may fall to this search.
                _ = await task.result
                try mapCancellation()
            case .fill(let task):
                try await finish(task)
                cache.fitWarmIndexes(into: settings.cacheBytes, keeping: index, now: origin.now())
                // Read after this search began, and so as fresh as it may ask for.
                if let snapshot = index.warm.state({ $0.snapshot }) { return snapshot }
            }
        }
    }

    /// What an eventual search may leave unread of the change log, in milliseconds.
    static let eventualAge: Int64 = 5_000

    /// The task reads for others as well, but lives no longer than the search that began it.
    private func finish(_ task: Task<Void, any Error>) async throws(WhiplashError) {
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        guard case .failure(let error) = result else { return }
        try await inTables { () throws(StoreError) in
            throw error as? StoreError ?? .unavailable(store: "store", reason: "\(error)")
        }
    }

    private func mapCancellation() throws(WhiplashError) {
        do { try checkCancellation() } catch { throw .store(error) }
    }
}

// MARK: - Following the log

extension VectorCollection {
    /// The rows in memory after what the log brings; nil when there are none, or the log no longer tells all.
    private func refreshed(_ consistency: Consistency) async throws(WhiplashError) -> WarmIndex.Snapshot? {
        let start = origin.now()
        let revision = store.revision
        let known = index.warm.state { state in
            state.expire(at: start / 1000)
            return (state.log, state.checkedAt, state.snapshot, state.revision)
        }
        guard let known else { return nil }
        let (position, checkedAt, snapshot, followed) = known
        if let revision, revision == followed { return snapshot }
        if consistency == .eventual, start - checkedAt < Self.eventualAge { return snapshot }
        if case .timed(let lag, let life) = store.logOrder, start - checkedAt > life - lag {
            index.warm.drop()
            return nil
        }
        let logs = Array(0..<configuration.logCount)
        let rows = try await inTables { () throws(StoreError) in
            try await concurrently(logs, width: logs.count) { log throws(StoreError) in
                try await logRows(log, from: position)
            }
        }
        let isEmpty = rows.allSatisfy(\.isEmpty)
        let changed = try mapStoreError { () throws(StoreError) in
            try index.warm.apply(
                rows, readAt: start, revision: revision, lag: lag,
                sketchBytes: index.sketcher.format.byteCount)
        }
        if !isEmpty, changed != nil {
            cache.fitWarmIndexes(into: settings.cacheBytes, keeping: index, now: start)
        }
        return changed
    }

    private func logRows(_ log: Int, from position: LogPosition) async throws(StoreError) -> [Row] {
        var query = RangeQuery(
            bucketsTable, partition: configuration.logPartition(log),
            lower: position.lowerKey(ofLog: log, lag: lag), consistency: .strong)
        var rows: [Row] = []
        repeat {
            let page = try await store.query(query)
            rows += page.rows
            query.after = page.next
        } while query.after != nil
        return rows
    }

    private var lag: Int64 { if case .timed(let lag, _) = store.logOrder { lag } else { 0 } }

    func mapStoreError<Output>(_ body: () throws(StoreError) -> Output) throws(WhiplashError) -> Output {
        do { return try body() } catch { throw .store(error) }
    }
}

// MARK: - Filling

extension VectorCollection {
    private enum Part {
        case shard(Int)
        case log(Int)
    }

    /// All bucket rows, with what was written meanwhile; nil when they do not fit into the budget.
    ///
    /// The log is read from a moment before the first row: what a row read too early lacks, the log brings.
    /// So the rows may be read eventually, at half the price.
    private func filled() async throws(StoreError) -> WarmIndex.State? {
        let start = origin.now()
        let position = try await logPosition(at: start)
        let builder = ForestBuilder(
            SketchForest(index.sketcher.format, keyCount: configuration.filterable.count),
            shardCount: configuration.shardCount, budget: settings.cacheBytes)
        var parts = (0..<configuration.shardCount).map(Part.shard)
        let isTimed = store.logOrder != .numbered
        if isTimed { parts += (0..<configuration.logCount).map(Part.log) }
        let read = try await concurrently(parts, width: parts.count) { part throws(StoreError) in
            switch part {
            case .shard(let shard):
                try await readShard(shard, isTimed ? .eventual : .strong, into: builder)
                return [Row]?.none
            case .log(let log): return try await logRows(log, from: position)
            }
        }
        guard let (taken, expiring) = builder.take() else {
            index.itemEstimate.withLock { $0 = max($0 ?? 0, builder.rowCount) }
            return nil
        }
        var forest = taken
        if case .learned = index.read.planes { forest.sortLeaves() }
        forest.trim()
        var state = WarmIndex.State(forest: forest, expiring: expiring, log: position, now: start)
        try state.apply(
            read.compactMap(\.self), readAt: start, lag: lag, sketchBytes: index.sketcher.format.byteCount)
        return state
    }

    private func logPosition(at time: Int64) async throws(StoreError) -> LogPosition {
        guard case .numbered = store.logOrder else { return .timed(readAt: time, applied: []) }
        var last: [UInt64] = []
        for log in 0..<configuration.logCount {
            let query = RangeQuery(
                bucketsTable, partition: configuration.logPartition(log), descending: true, limit: 1,
                consistency: .strong)
            let rows = try await store.query(query).rows
            last.append(rows.first.flatMap { LogKey.number($0.key.sort) } ?? 0)
        }
        return .numbered(last)
    }

    private func readShard(
        _ shard: Int, _ consistency: Consistency, into builder: ForestBuilder
    ) async throws(StoreError) {
        let now = origin.seconds
        var query = RangeQuery(
            bucketsTable, partition: configuration.bucketPartition(shard: shard), consistency: consistency)
        repeat {
            let page = try await store.query(query)
            guard builder.add(page.rows, index.sketcher.format, now: now) else { return }
            query.after = page.next
        } while query.after != nil
    }
}

/// Takes the rows of all shards as they come, until they are more than the budget bears.
private final class ForestBuilder: Sendable {
    private struct Rows {
        var forest: SketchForest
        var expiring = ExpiringRows()
    }

    private let built: Mutex<Rows?>
    private let rows = Atomic(0)
    private let shardCount: Int
    private let budget: Int

    init(_ forest: SketchForest, shardCount: Int, budget: Int) {
        built = Mutex(Rows(forest: forest))
        self.shardCount = shardCount
        self.budget = budget
    }

    /// Adds those of a page that have not expired (`now` in seconds since 1970); false when there is no more room.
    func add(_ page: [Row], _ format: SketchFormat, now: Int64) -> Bool {
        built.withLock { slot in
            guard var built = slot.take() else { return false }
            // By their places: to copy a row takes as long as to add it.
            for index in page.indices {
                _ = BucketRowView.read(page[index], format) { row in
                    if let time = row.expiresAt {
                        if time <= now { return }
                        built.expiring.insert(BucketRow(row))
                    }
                    // Each id is in one shard, and each key of a shard comes once; those of a shard in order.
                    built.forest.add(row, runCount: shardCount)
                }
            }
            rows.store(built.forest.count, ordering: .relaxed)
            guard built.forest.byteCount + built.expiring.byteCount <= budget else { return false }
            slot = built
            return true
        }
    }

    /// Rows taken so far.
    var rowCount: Int { rows.load(ordering: .relaxed) }

    /// Nil when there was no room.
    func take() -> (SketchForest, ExpiringRows)? {
        built.withLock { $0.take().map { ($0.forest, $0.expiring) } }
    }
}

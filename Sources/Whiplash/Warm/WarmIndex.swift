import Storage
import Synchronization
import VectorIndex

/// The bucket rows of one collection that a process keeps in memory, and how far it has followed the change log.
///
/// Searches take a snapshot and scan it without a lock; what the log brings is applied under one.
final class WarmIndex: Sendable {
    struct State: Sendable {
        private(set) var forest: SketchForest
        private(set) var log: LogPosition
        private(set) var recent: RecentIDs
        /// When the log was last read, in milliseconds since 1970.
        private(set) var checkedAt: Int64
        /// A revision of the store of which the log has been followed to the end; nil when it is not known to have been.
        fileprivate(set) var revision: Int64?

        private var expiring: ExpiringRows

        init(forest: SketchForest, expiring: ExpiringRows, log: LogPosition, now: Int64) {
            self.forest = forest
            self.expiring = expiring
            self.log = log
            recent = RecentIDs(now: now)
            checkedAt = now
        }

        var snapshot: Snapshot { Snapshot(forest: forest, recent: recent) }

        /// Memory held, in bytes.
        var byteCount: Int { forest.byteCount + expiring.byteCount }

        /// Forgets the rows of items that have expired by this time, in seconds since 1970.
        mutating func expire(at now: Int64) {
            while let row = expiring.next(at: now) { remove(row) }
        }
    }

    /// What a search works on.
    struct Snapshot: Sendable {
        let forest: SketchForest
        let recent: RecentIDs
    }

    private enum Phase {
        case cold
        case filling(Task<Void, any Error>)
        case warm(State)
        /// Read in vain: the rows did not fit into the budget at that time.
        case tooLarge(since: Int64)
    }

    private let phase = Mutex(Phase.cold)
    private let notedAt = Atomic<Int64>(0)
    /// When a search last asked for it, in milliseconds since 1970.
    let usedAt = Atomic<Int64>(0)

    /// Memory held, in bytes.
    var byteCount: Int {
        phase.withLock { if case .warm(let state) = $0 { state.byteCount } else { 0 } }
    }

    /// Whether the rows are in memory, or why not.
    var standing: CollectionStatistics.Cache.State {
        phase.withLock { phase in
            switch phase {
            case .cold: .cold
            case .filling: .filling
            case .warm: .warm
            case .tooLarge: .tooLarge
            }
        }
    }

    func markTooLarge(now: Int64) { phase.withLock { $0 = .tooLarge(since: now) } }

    /// Whether it is time to tell others that the rows do not fit: true once in `patience`.
    func isNoteDue(now: Int64) -> Bool {
        let last = notedAt.load(ordering: .relaxed)
        return now - last >= Self.patience
            && notedAt.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
    }

    func drop() { phase.withLock { $0 = .cold } }

    /// The rows and how far the log is followed; nil when they are not in memory.
    func state<Output>(_ body: (inout State) throws -> Output) rethrows -> Output? {
        try phase.withLock { phase in
            guard case .warm(var state) = phase else { return nil }
            // Taken out while it is changed, so that it is not copied.
            phase = .cold
            defer { phase = .warm(state) }
            return try body(&state)
        }
    }

    /// Applies log rows that were read from `time` on, when the store was at `revision` or later, and gives the state after; nil when there is none any more, or when
    /// rows between have been dropped.
    func apply(
        _ rows: [[Row]], readAt time: Int64, revision: Int64?, lag: Int64, sketchBytes: Int
    ) throws(StoreError) -> Snapshot? {
        var result: Result<Snapshot?, StoreError> = .success(nil)
        phase.withLock { phase in
            guard case .warm(var state) = phase else { return }
            phase = .cold
            do throws(StoreError) {
                guard try state.apply(rows, readAt: time, lag: lag, sketchBytes: sketchBytes) else { return }
                state.revision = revision
                phase = .warm(state)
                result = .success(state.snapshot)
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// Forgets rows that were found stale.
    func remove(_ stale: [BucketRowName]) {
        state { state in for row in stale { state.remove(row) } }
    }

    enum Need {
        /// Being read by another search: to wait for, and to ask again.
        case wait(Task<Void, any Error>)
        /// To read, by the asker, whose task is given.
        case fill(Task<Void, any Error>)
        case none
        case tooLarge
    }

    /// What is to be done before there is a state; `fill` begins it when it falls to the asker.
    func need(now: Int64, _ fill: @escaping @Sendable () async throws -> State?) -> Need {
        phase.withLock { phase in
            switch phase {
            case .warm: return .none
            case .filling(let task): return .wait(task)
            case .tooLarge(let since) where now - since < Self.patience: return .tooLarge
            case .cold, .tooLarge:
                let task = Task { try await self.finish(fill, now) }
                phase = .filling(task)
                return .fill(task)
            }
        }
    }

    private func finish(_ fill: @Sendable () async throws -> State?, _ now: Int64) async throws {
        do {
            let state = try await fill()
            phase.withLock { $0 = state.map(Phase.warm) ?? .tooLarge(since: now) }
        } catch {
            phase.withLock { $0 = .cold }
            throw error
        }
    }

    /// How long a collection that did not fit is not tried again, in milliseconds.
    private static let patience: Int64 = 600_000
}

extension WarmIndex.State {
    /// False when the log no longer tells all that happened; the state is then of no use.
    @discardableResult
    mutating func apply(
        _ rows: [[Row]], readAt time: Int64, lag: Int64, sketchBytes: Int
    ) throws(StoreError) -> Bool {
        recent.age(now: time)
        for (number, rows) in rows.enumerated() {
            guard let new = log.advance(rows, log: number) else { return false }
            for row in new {
                for change in try ChangeLogRow.changes(in: row, sketchBytes: sketchBytes) { apply(change) }
            }
        }
        expire(at: time / 1000)
        log.finish(readAt: time, lag: lag)
        checkedAt = max(checkedAt, time)
        return true
    }

    private mutating func apply(_ change: IndexChange) {
        recent.insert(change.id)
        switch change {
        case .stored(let row):
            forest.store(row)
            expiring.insert(row)
        case .removed(let key, let id, let stamp): forest.remove(key, id: id, stamp)
        case .touched: break
        }
    }

    mutating func remove(_ stale: BucketRowName) {
        forest.remove(stale.indexKey, id: stale.id, stale.stamp)
    }
}

/// The ids that the log has told of lately: of these an eventual read may still give the past.
///
/// Two generations of hashes; an id is forgotten between one and two `window`s after it was told of. One told of by chance
/// only costs the price of a strong read.
struct RecentIDs: Sendable {
    private var current = Set<UInt64>()
    private var previous = Set<UInt64>()
    private var since: Int64

    /// In milliseconds; far more than a replica lags, and than a write takes.
    static let window: Int64 = 30_000

    init(now: Int64) { since = now }

    func contains(_ id: String) -> Bool {
        let hash = stableHash(id.utf8)
        return current.contains(hash) || previous.contains(hash)
    }

    mutating func insert(_ id: String) { current.insert(stableHash(id.utf8)) }

    mutating func age(now: Int64) {
        guard now - since >= Self.window else { return }
        previous = now - since < 2 * Self.window ? current : []
        current = []
        since = now
    }
}

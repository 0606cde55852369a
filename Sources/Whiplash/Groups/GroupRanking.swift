import Storage
import VectorIndex

/// Decides which vectors of a group are read to be scored, round by round, until the bounds of all others prove that they
/// are not among the best.
///
/// The first round takes the likeliest. It gives a score that the last of the best reaches at least; whatever may reach it by
/// its upper bound is read as well, also when it can only be as good, since of equal scores the lesser id counts.
struct GroupRanking {
    /// The best found so far, in the order of the answer.
    private(set) var matches: [Match] = []
    /// Bucket rows whose vector is gone, or has another bucket row.
    private(set) var stale: [BucketRowName] = []
    /// How many items the filter has refused.
    private(set) var refusedCount = 0

    /// Rows that have not been held against the truth, from `settledCount` on by falling upper bound.
    private var rows: [BoundedRow]
    private var settledCount = 0
    private var pending: ArraySlice<BoundedRow> = []
    /// The index keys of the vectors read so far; nil where there is no vector.
    private var truth: [RowKey: IndexKey?] = [:]
    private let greatestDropped: Double?
    private let query: SketchQuery
    private let limit: Int
    private let filter: MetadataFilter?
    private let isExact: Bool
    private let key: (String) -> RowKey

    /// - Parameters:
    ///   - firstCount: How many rows the first round takes.
    ///   - isExact: Without, rounds end when there are `limit` matches.
    init(
        _ pool: GroupPool, _ query: SketchQuery, limit: Int, filter: MetadataFilter?, firstCount: Int,
        isExact: Bool, key: @escaping (String) -> RowKey
    ) {
        greatestDropped = pool.greatestDropped
        self.query = query
        self.limit = limit
        self.filter = filter
        self.isExact = isExact
        self.key = key
        let likeliest = pool.rows.sorted { $0.middle > $1.middle }
        pending = likeliest.prefix(firstCount)
        rows = pending + likeliest.dropFirst(firstCount).sorted { $0.bounds.upper > $1.bounds.upper }
    }

    /// The rank that an item has to reach to be among the best.
    private var reach: Double {
        matches.count < limit ? -.infinity : query.rank(ofScore: matches[limit - 1].score)
    }

    /// Whether no item can be missing, neither one whose row was read nor one whose row was dropped.
    var isComplete: Bool {
        guard let greatestDropped else { return true }
        return isExact ? greatestDropped < reach : matches.count == limit
    }

    /// The keys of the vectors to read next, or nil when enough is known.
    mutating func next() -> [RowKey]? {
        while true {
            if pending.isEmpty { pending = possible }
            if pending.isEmpty { return nil }
            let unread = Set(pending.map { key($0.name.id) }).filter { truth[$0] == nil }
            if !unread.isEmpty { return Array(unread) }
            // Further rows of vectors that have been read.
            settle()
        }
    }

    /// The rows whose items may be among the best, as many as one round takes.
    private var possible: ArraySlice<BoundedRow> {
        let reach = reach
        if !isExact, matches.count == limit { return [] }
        return rows[settledCount...].prefix(Self.roundCount).prefix { $0.bounds.upper >= reach }
    }

    /// Where very many vectors are alike, what one round finds may spare the next.
    private static let roundCount = 1_000

    /// For each of the keys that `next` gave, whether not just what the bucket rows say was found: either they are stale, or an
    /// eventual read gave the past.
    func doubtful(_ found: [VectorRow?], for keys: [RowKey]) -> [Bool] {
        let expected = Dictionary(grouping: pending.map(\.name)) { key($0.id) }
        return zip(keys, found).map { key, row in
            guard let names = expected[key], names.count == 1, let row else { return true }
            return row.indexKey != names[0].indexKey || row.stamp != names[0].stamp
        }
    }

    /// Takes what was found under the keys that `next` gave.
    mutating func take(_ found: [VectorRow?], for keys: [RowKey], score: (Item) -> Match) {
        for (key, row) in zip(keys, found) {
            truth.updateValue(row?.indexKey, forKey: key)
            guard let row else { continue }
            if filter?.matches(row.item.metadata) ?? true {
                matches.append(score(row.item))
            } else {
                refusedCount += 1
            }
        }
        matches = matches.best(limit)
        settle()
    }

    private mutating func settle() {
        stale += pending.map(\.name).filter { name in
            guard let found = truth[key(name.id)] else { return false }
            return found != name.indexKey
        }
        settledCount += pending.count
        pending = []
    }
}

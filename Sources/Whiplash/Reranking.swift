import Storage
import VectorIndex

/// Decides which vectors a search reads to score them exactly, round by round, from what it has learnt so far.
///
/// The first round is the shortlist of the estimates, and mostly the only one. What turns out stale makes room for what
/// comes after it; and when the exact scores show that others may well pass the last of the best, those
/// are read too.
struct Reranking {
    /// Scored exactly so far: the truth, whatever the sketches said.
    private(set) var matches: [Match] = []
    /// Bucket rows whose vector is gone, or is indexed under another key.
    private(set) var stale: [BucketRowName] = []
    /// How many items the filter has refused.
    private(set) var refusedCount = 0

    private var candidates: [Candidate]
    /// Which candidates have been held against the truth.
    private var isSettled: [Bool]
    /// The candidates whose turn it is.
    private var pending: [Pending] = []
    /// Where the vectors read so far are indexed, and whether they pass the filter; nil where there is none.
    private var truth: [RowKey: Truth?] = [:]
    private let query: SketchQuery
    private let limit: Int
    /// How far down the estimates vectors are read, in their standard deviations.
    private let deviations: Double
    /// How many times as many neighbours may be missed as without a target.
    private let tolerance: Double
    private let filter: MetadataFilter?
    private let pool: CandidatePool
    /// Where the vector of an id is.
    private let key: (String) -> RowKey

    private struct Pending {
        /// Which candidate it is.
        let index: Int
        let name: BucketRowName
        let key: RowKey
        /// Where its vector stands among those asked for; nil when it is known already, or there is no room.
        var position: Int?
    }

    private struct Truth {
        let indexKey: IndexKey
        let passes: Bool
    }

    init(
        _ pool: CandidatePool, _ query: SketchQuery, limit: Int, targetRecall: Double? = nil,
        filter: MetadataFilter? = nil, key: @escaping (String) -> RowKey
    ) {
        self.pool = pool
        self.filter = filter
        candidates = pool.candidates
        isSettled = [Bool](repeating: false, count: candidates.count)
        self.query = query
        self.limit = limit
        deviations = targetRecall.map(Shortlist.deviations(forRecall:)) ?? Shortlist.deviations
        tolerance = targetRecall.map { (1 - $0) / (1 - SearchRequest.targetRecallRange.upperBound) } ?? 1
        self.key = key
    }

    /// The keys of the vectors to read next, each once, or nil when enough is known.
    mutating func next() -> [RowKey]? {
        while true {
            var due = shortlisted
            if due.isEmpty { due = possiblyMissed }
            pending = due.map { index in
                let name = pool.name(of: candidates[index])
                return Pending(index: index, name: name, key: key(name.id))
            }
            let room = maxVectors - truth.count
            if pending.isEmpty || room <= 0 { return nil }
            let unread = ask(atMost: room)
            if !unread.isEmpty { return unread }
            // Further rows of vectors that have been read.
            settle()
        }
    }

    /// The keys of those pending whose vector is not known.
    private mutating func ask(atMost room: Int) -> [RowKey] {
        var keys: [RowKey] = []
        var positions = [RowKey: Int](minimumCapacity: pending.count)
        for turn in pending.indices {
            let key = pending[turn].key
            if let known = positions[key] {
                pending[turn].position = known
            } else if keys.count < room, truth[key] == nil {
                positions[key] = keys.count
                pending[turn].position = keys.count
                keys.append(key)
            }
        }
        return keys
    }

    /// However alike sketches are, a search reads no more vectors than this, besides those that a filter refuses.
    private var maxVectors: Int { max(500, 3 * limit) + (filter == nil ? 0 : .max / 2) }

    /// How many vectors it takes until `limit` have passed the filter, going by those read.
    var expectedReads: Int {
        let missing = max(0, limit - matches.count)
        return truth.count + missing * (truth.count + 1) / (matches.count + 1)
    }

    /// Whether so few rows pass the filter that the nearest of those need not be near: fewer than one in four, or not enough.
    func isNarrow(_ pool: CandidatePool) -> Bool {
        matches.count < limit || 4 * matches.count * pool.possibleCount < truth.count * pool.rowCount
    }

    /// For each of the keys that `next` gave, whether the row found is not what every candidate says: the candidates are stale,
    /// or an eventual read gave the past.
    func doubtful(_ rows: [VectorRow?]) -> [Bool] {
        var isDoubtful = rows.map { $0 == nil }
        for candidate in pending {
            guard let position = candidate.position, let row = rows[position] else { continue }
            if !row.indexKey.isOfSameSketch(as: candidate.name.indexKey) { isDoubtful[position] = true }
        }
        return isDoubtful
    }

    /// Takes what was found under the keys that `next` gave.
    mutating func take(_ rows: [VectorRow?], for keys: [RowKey], score: (Item) -> Match) {
        for (key, found) in zip(keys, rows) {
            let passes = found.map { filter?.matches($0.item.metadata) ?? true } ?? false
            truth.updateValue(found.map { Truth(indexKey: $0.indexKey, passes: passes) }, forKey: key)
            if let found, passes { matches.append(score(found.item)) }
        }
        settle()
    }

    /// The candidates that the estimates put among the best and that are not settled yet.
    private var shortlisted: [Int] {
        // Where a filter refuses many, as many more are read at once, and at most five times as many as were before.
        let hoped = limit + min(expectedReads - truth.count, 4 * truth.count)
        return Shortlist(
            candidates.map(\.estimate), limit: filter == nil ? limit : hoped, deviations: deviations
        ).indices.filter { !isSettled[$0] }
    }

    /// The candidates to score after all, in the light of the scores known.
    private var possiblyMissed: [Int] {
        guard matches.count >= limit else { return [] }
        let last = matches.map(\.score).sorted(by: >)[limit - 1]
        let rest = candidates.indices.filter { !isSettled[$0] }
        return Shortlist(
            completing: rest.map { candidates[$0].estimate }, beyond: query.rank(ofScore: last),
            limit: limit, tolerance: tolerance
        ).indices.map { rest[$0] }
    }

    /// Holds the pending candidates against the truth read, and puts aside the stale and the refused.
    private mutating func settle() {
        var dead = Set<Int>()
        for candidate in pending {
            guard let found = truth[candidate.key] else { continue }
            isSettled[candidate.index] = true
            if found.map({ $0.indexKey.isOfSameSketch(as: candidate.name.indexKey) }) != true {
                dead.insert(candidate.index)
                stale.append(candidate.name)
            } else if found?.passes == false {
                dead.insert(candidate.index)
                refusedCount += 1
            }
        }
        if dead.isEmpty { return }
        let alive = candidates.indices.filter { !dead.contains($0) }
        (candidates, isSettled) = (alive.map { candidates[$0] }, alive.map { isSettled[$0] })
    }
}

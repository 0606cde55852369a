import Storage
import VectorIndex

/// Decides what a search by words reads next, further postings or texts, until no other text can be among the best.
///
/// Postings say what a text scores by the terms whose lists have been read to where it would stand in them; each other term adds its
/// ceiling at most. The likeliest texts are read and scored, the truth whatever postings said, and then all whose bound reaches
/// the last of the best. A list is read on when a text in none of the lists read may be among the best, or when that
/// is cheaper than to read the texts that it leaves in doubt: a common word costs little beside a rare one.
///
/// Source: H. Turtle, J. Flood, "Query evaluation: strategies and optimizations", 1995 (MaxScore).
struct TextRanking {
    enum Step {
        /// To read the rest of the postings of this term of the query.
        case list(Int)
        /// To read the items under these keys.
        case items([RowKey])
    }

    /// The best found so far, in the order of the answer.
    private(set) var matches: [Match] = []
    /// Postings whose text is gone or is another.
    private(set) var stale: [(term: Int, posting: Posting)] = []
    /// How many items that have a word were not accepted.
    private(set) var refusedCount = 0
    /// Items that have a word, as far as is known.
    var candidateCount: Int { candidates.count }

    private let scorer: TextScorer
    private let limit: Int
    private let accepts: (Item) -> Bool
    private var candidates: [Candidate] = []
    private var positions: [RowKey: Int] = [:]
    private var postings: [(candidate: Int, term: Int, posting: Posting)] = []
    /// Of each term the spread up to which its postings have been read; nil when all have.
    private var ends: [UInt64?]
    private var unreadCounts: [Double]
    /// Candidates by falling bound, those below `orderFloor` left out.
    private var order: [(index: Int, bound: Double)]?
    private var orderFloor = -Double.infinity
    private var nextInOrder = 0

    private struct Candidate {
        let key: RowKey
        let spread: UInt64
        /// What it scores by the postings read.
        var known: Double
        var isRead = false
    }

    /// - Parameter accepts: Whether an item may be among what is found.
    init(_ scorer: TextScorer, limit: Int, accepts: @escaping (Item) -> Bool) {
        self.scorer = scorer
        self.limit = limit
        self.accepts = accepts
        ends = scorer.terms.map { _ in nil }
        unreadCounts = scorer.terms.map { _ in 0 }
    }

    /// Takes a candidate of which all is known.
    mutating func add(_ key: RowKey, score: Double) {
        add(key, spread: 0, part: score)
    }

    /// Takes postings of a term.
    ///
    /// - Parameters:
    ///   - end: The spread up to which its postings have been read now; nil when all have.
    ///   - unreadCount: How many are left, about.
    mutating func add(
        _ new: [Posting], of term: Int, end: UInt64?, unreadCount: Double, key: (String) -> RowKey
    ) {
        postings.reserveCapacity(postings.count + new.count)
        for posting in new {
            let part = scorer.part(of: term, count: posting.count, length: posting.length)
            let index = add(key(posting.id), spread: posting.spread, part: part)
            postings.append((index, term, posting))
        }
        (ends[term], unreadCounts[term], order) = (end, unreadCount, nil)
    }

    @discardableResult
    private mutating func add(_ key: RowKey, spread: UInt64, part: Double) -> Int {
        if let index = positions[key] {
            candidates[index].known += part
            return index
        }
        positions[key] = candidates.count
        candidates.append(Candidate(key: key, spread: spread, known: part))
        return candidates.count - 1
    }

    /// Nil when no other text can be among the best.
    mutating func next() -> Step? {
        let unfinished = ends.indices.filter { ends[$0] != nil }
        let unseen = unfinished.reduce(0) { $0 + scorer.ceiling(of: $1) }
        let rarest = unfinished.max { scorer.ceiling(of: $0) < scorer.ceiling(of: $1) }
        if order == nil { sortCandidates(down: hope) }
        if let rarest, unseen >= slackened(max(reach, orderFloor)) { return .list(rarest) }
        if let shortest = unfinished.min(by: { unreadCounts[$0] < unreadCounts[$1] }),
            Double(openCount) * Self.postingsPerItem > unreadCounts[shortest]
        {
            return .list(shortest)
        }
        if let keys = nextKeys() { return .items(keys) }
        if orderFloor > reach {
            // Fewer than seemed were found: stale postings, or a filter.
            sortCandidates(down: reach)
            return next()
        }
        return rarest.flatMap { unseen >= slackened(reach) ? .list($0) : nil }
    }

    /// Takes what was found under the keys of a step; `match` makes a match of an item and its score.
    mutating func take(_ rows: [RowKey: VectorRow], for keys: [RowKey], match: (Item, Double) -> Match) {
        var read: [Int: QueryCounts?] = [:]
        for key in keys {
            guard let index = positions[key] else { continue }
            candidates[index].isRead = true
            let counts = rows[key].map { scorer.counts(in: $0.item.text) }
            read.updateValue(counts, forKey: index)
            guard let item = rows[key]?.item, let counts, !counts.isEmpty else { continue }
            if accepts(item) {
                matches.append(match(item, scorer.score(counts)))
            } else {
                refusedCount += 1
            }
        }
        matches = matches.best(limit)
        for (index, term, posting) in postings {
            guard let counts = read[index] else { continue }
            if counts?.counts[term] != posting.count || counts?.length != posting.length {
                stale.append((term, posting))
            }
        }
    }
}

// MARK: - Bounds

extension TextRanking {
    /// So many postings cost as much as one item read by its key: in DynamoDB 4 KB of them are a read unit, as an item is; and SQLite
    /// takes about as long.
    private static let postingsPerItem = 50.0

    /// What a text has to score to be among the best.
    private var reach: Double { matches.count < limit ? -.infinity : Double(matches[limit - 1].score) }

    /// What the last of the best scores, going by postings alone.
    private var hope: Double {
        var floor = RankFloor(places: limit)
        for candidate in candidates where !candidate.isRead { floor.offer(candidate.known) }
        return max(reach, floor.rank)
    }

    /// Sums are rounded in another order, and scores to float32: what comes so near is looked at.
    private func slackened(_ score: Double) -> Double { score - 1e-6 * score.magnitude }

    private func bound(_ candidate: Candidate) -> Double {
        ends.indices.reduce(candidate.known) { bound, term in
            guard let end = ends[term], candidate.spread >= end else { return bound }
            return bound + scorer.ceiling(of: term)
        }
    }

    private mutating func sortCandidates(down floor: Double) {
        let least = slackened(floor)
        var reaching: [(index: Int, bound: Double)] = []
        for (index, candidate) in candidates.enumerated() where !candidate.isRead {
            let bound = bound(candidate)
            if bound >= least { reaching.append((index, bound)) }
        }
        order = reaching.sorted { $0.bound > $1.bound }
        (orderFloor, nextInOrder) = (floor, 0)
    }

    /// How many candidates may still be among the best.
    private var openCount: Int {
        let least = slackened(reach)
        return order?.dropFirst(nextInOrder).prefix { $0.bound >= least }.count ?? 0
    }

    private mutating func nextKeys() -> [RowKey]? {
        guard let order else { return nil }
        let least = slackened(reach)
        let wanted = max(limit - matches.count, 0) + max(10, limit / 2)
        // Where a filter refuses many, as many again are read as were before.
        let due = order[nextInOrder...].prefix(max(wanted, min(nextInOrder, 1_000))).prefix {
            $0.bound >= least
        }
        nextInOrder += due.count
        return due.isEmpty ? nil : due.map { candidates[$0.index].key }
    }
}

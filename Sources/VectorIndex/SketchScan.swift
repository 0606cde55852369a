/// Collects, chunk after chunk, which rows may be among the `limit` best of a query.
///
/// What is kept does not grow with what is scanned: rows that can no longer be among the best are dropped on the way.
public struct SketchScan: Sendable {
    /// A row that may be among the best.
    public struct Hit: Sendable {
        /// The caller's number of its chunk.
        public let chunk: Int
        public let row: Int
        public let estimate: SketchQuery.Estimate
    }

    /// Rows are kept to more standard deviations than a shortlist has: `Shortlist(completing:)` judges, once exact
    /// scores are known, how likely the others are missed, and it is to see all that count.
    public static let deviations = 4.0

    /// Rows offered so far: those scanned that the bitmap included.
    public private(set) var rowCount = 0

    private let query: SketchQuery
    private var kept: [Hit] = []
    /// The best ranks so far: what the next rows have to come near.
    private var best: SmallestOnTop
    private var pruneAt = SketchScan.slack

    private static let slack = 1024

    /// - Parameter limit: How many of the best have to be told surely, at least 1.
    public init(_ query: SketchQuery, limit: Int) {
        self.query = query
        best = SmallestOnTop(capacity: limit)
    }

    /// - Parameters:
    ///   - sketches: Of the query's format.
    ///   - chunk: The caller's number of it, given back in hits.
    ///   - included: The rows to look at, one bit each, the first the lowest of the first word; words that lack
    ///     count as zeros. Nil for all.
    public mutating func scan(_ sketches: SketchChunk, chunk: Int, included: [UInt64]? = nil) {
        for row in 0..<sketches.count {
            if let included, !isSet(included, row) { continue }
            rowCount += 1
            let estimate = sketches.withSketch(at: row) { query.estimate($0) }
            guard reaches(estimate) else { continue }
            best.offer(estimate.rank)
            keep(Hit(chunk: chunk, row: row, estimate: estimate))
        }
    }

    /// Takes what the scan of other rows for the same query found: parts may be scanned in parallel.
    public mutating func merge(_ other: SketchScan) {
        rowCount += other.rowCount
        for rank in other.best.numbers { best.offer(rank) }
        for hit in other.kept where reaches(hit.estimate) { keep(hit) }
    }

    /// Every row seen whose estimate, raised by `deviations` standard deviations, reaches the estimate of the
    /// `limit`-th best, the best first; of equal ones that of the lesser chunk and row.
    ///
    /// A `Shortlist` of their estimates is the shortlist of all rows seen.
    public func hits() -> [Hit] {
        kept.filter { reaches($0.estimate) }.sorted { left, right in
            (right.estimate.rank, left.chunk, left.row) < (left.estimate.rank, right.chunk, right.row)
        }
    }

    private func isSet(_ bits: [UInt64], _ index: Int) -> Bool {
        index / 64 < bits.count && bits[index / 64] >> (index % 64) & 1 == 1
    }

    private func reaches(_ estimate: SketchQuery.Estimate) -> Bool {
        !best.isFull || estimate.rank + Self.deviations * estimate.error >= best.smallest
    }

    private mutating func keep(_ hit: Hit) {
        kept.append(hit)
        guard kept.count >= pruneAt else { return }
        kept = kept.filter { reaches($0.estimate) }
        pruneAt = 2 * kept.count + Self.slack
    }
}

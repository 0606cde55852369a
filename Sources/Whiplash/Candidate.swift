import Storage
import VectorIndex

/// A bucket row that a search has read, with what its sketch says of it.
struct Candidate: Sendable {
    let key: RowKey
    let stamp: WriteStamp
    let estimate: SketchQuery.Estimate

    /// Nil when the row is none that this version could have written.
    init?(_ row: Row, _ query: SketchQuery, _ format: SketchFormat) {
        guard let sketch = row.bytes("k"), sketch.count == format.byteCount, let stamp = row.integer("w"),
            row.key.sort.utf8.count > IndexKey.textLength
        else { return nil }
        key = row.key
        self.stamp = WriteStamp(number: stamp)
        estimate = sketch.withUnsafeBytes { query.estimate($0) }
    }

    var indexKey: String { String(key.sort.utf8.prefix(IndexKey.textLength)) ?? "" }

    var id: String { String(key.sort.utf8.dropFirst(IndexKey.textLength)) ?? "" }
}

/// The candidates of a search that may still be among the best; the others are dropped as it goes, so that
/// what is kept does not grow with what is read.
struct CandidatePool: Sendable {
    private(set) var candidates: [Candidate] = []
    /// Rows offered so far.
    private(set) var rowCount = 0
    private let places: Int
    private var pruneAt = CandidatePool.slack

    /// Whether something was dropped.
    private(set) var isPruned = false

    private static let slack = 16_384

    /// - Parameter places: How many of the best have to be told surely.
    init(places: Int) { self.places = places }

    mutating func add(_ candidate: Candidate) {
        rowCount += 1
        candidates.append(candidate)
        if candidates.count >= pruneAt { prune() }
    }

    mutating func merge(_ other: CandidatePool) {
        rowCount += other.rowCount
        isPruned = isPruned || other.isPruned
        candidates += other.candidates
        if candidates.count >= pruneAt { prune() }
    }

    private mutating func prune() {
        let kept = Shortlist(candidates.map(\.estimate), limit: places).indices
        isPruned = isPruned || kept.count < candidates.count
        candidates = kept.map { candidates[$0] }
        pruneAt = candidates.count + Self.slack
    }
}

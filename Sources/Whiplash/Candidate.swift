import Storage
import VectorIndex

/// A bucket row that a search has come upon, with what its sketch says of it.
struct Candidate: Sendable {
    let id: String
    let indexKey: IndexKey
    let stamp: WriteStamp
    let estimate: SketchQuery.Estimate
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

    /// What a scan of a forest has found.
    init(_ scan: SketchScan, of forest: SketchForest, places: Int) {
        self.places = places
        rowCount = scan.rowCount
        candidates = scan.hits().map { hit in
            let leaf = forest.leaves[hit.chunk]
            return Candidate(
                id: leaf.id(at: hit.row), indexKey: IndexKey(number: leaf.keys[hit.row]),
                stamp: WriteStamp(number: leaf.stamps[hit.row]), estimate: hit.estimate)
        }
        isPruned = candidates.count < rowCount
    }

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

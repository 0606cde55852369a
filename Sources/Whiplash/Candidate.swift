import Storage
import VectorIndex

/// Which bucket row a candidate is.
struct BucketRowName: Sendable {
    let id: String
    let indexKey: IndexKey
    let stamp: WriteStamp
}

/// A bucket row that a search has come upon, with what its sketch says of it.
struct Candidate: Sendable {
    /// Where its name is. Of thousands that are kept in case, names are made of the few that are read.
    enum Place: Sendable {
        case read(BucketRowName)
        case inMemory(leaf: Int, row: Int)
    }

    let place: Place
    let estimate: SketchQuery.Estimate
}

/// The candidates of a search that may still be among the best; the others are dropped as it goes, so that
/// what is kept does not grow with what is read.
struct CandidatePool: Sendable {
    private(set) var candidates: [Candidate] = []
    /// Where those in memory are.
    private var forest: SketchForest?
    /// Rows looked at so far.
    private(set) var rowCount = 0
    /// Those of them that the filter may pass.
    private(set) var possibleCount = 0
    /// Whether these are all rows of the collection; else only where the best are likely was looked.
    var isWhole = true
    /// Whether as many were read as may be, likely or not.
    var isWide = false
    /// Whether fewer than one row in four may pass the filter.
    var isNarrow: Bool { 4 * possibleCount < rowCount }
    private let places: Int
    private var pruneAt = CandidatePool.slack

    /// Whether something was dropped.
    private(set) var isPruned = false

    private static let slack = 16_384

    /// - Parameter places: How many of the best have to be told surely.
    init(places: Int) { self.places = places }

    /// What a scan of so many of a forest's rows has found.
    init(_ scan: inout SketchScan, ofRows rowCount: Int, of forest: SketchForest, places: Int) {
        self.places = places
        self.forest = forest
        (self.rowCount, possibleCount) = (rowCount, scan.rowCount)
        isWhole = rowCount == forest.count
        candidates = scan.hits().map { hit in
            Candidate(place: .inMemory(leaf: hit.chunk, row: hit.row), estimate: hit.estimate)
        }
        isPruned = candidates.count < possibleCount
    }

    func name(of candidate: Candidate) -> BucketRowName {
        switch candidate.place {
        case .read(let name): return name
        case .inMemory(let leaf, let row):
            guard let forest else { preconditionFailure("a candidate of another pool") }
            return forest.name(ofRow: row, inLeaf: leaf)
        }
    }

    mutating func add(_ candidate: Candidate) {
        rowCount += 1
        possibleCount += 1
        candidates.append(candidate)
        if candidates.count >= pruneAt { prune() }
    }

    /// Counts a row that the filter surely refuses.
    mutating func refuse() { rowCount += 1 }

    mutating func merge(_ other: CandidatePool) {
        rowCount += other.rowCount
        possibleCount += other.possibleCount
        isWhole = isWhole && other.isWhole
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

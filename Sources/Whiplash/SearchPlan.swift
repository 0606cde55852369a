import VectorIndex

/// Which bucket rows a search reads.
enum SearchPlan: Sendable {
    /// Every row, as long as no shard has more than this many.
    case whole(rowsPerShard: Int)
    /// The rows of these ranges, however many there are.
    case ranges([BucketRange])

    /// Whether it reads every row.
    var isWhole: Bool {
        switch self {
        case .whole: true
        case .ranges(let ranges): ranges.contains { $0.depth == 0 }
        }
    }

    /// Every row, however many there are.
    static let everything = SearchPlan.ranges([BucketRange(depth: 0, prefixes: 0..<1)])

    /// Under the model of `ProbeSequence` one neighbour in a hundred is not read, and fewer as runs are joined. Random planes
    /// choose poorly among real embeddings, so that nine rows in ten are read: more is preferred to missing some.
    static let coverage = 0.99
    /// Each range is a request to every shard.
    static let maxRanges = 16
    /// Cells are chosen so well that joining their ranges reads far more than it saves: at 100,000 rows 48 read 0.24 of them and 16
    /// read 0.39 for the same recall.
    static let maxCellRanges = 48

    /// A search of a collection whose size is not known yet hopes that it is small.
    ///
    /// Only an angle tells which buckets are near: for `dot` and `euclidean` every row is read, as far as `maxReadBytes` goes.
    init(_ query: [Float], _ index: CollectionIndex, _ settings: DatabaseSettings) {
        let maxItemsPerBucket = settings.maxItemsPerBucket
        let depth = index.itemEstimate.withLock { $0 }.map {
            index.layers.depth(forItems: $0, maxItemsPerBucket: maxItemsPerBucket)
        }
        if let depth, depth > 0 {
            self = Self.ranges(query, index, depth: depth, settings.maxReadBytes)
        } else {
            self = .whole(
                rowsPerShard: Self.rowsPerShard(maxItemsPerBucket, of: index.configuration.shardCount))
        }
    }

    /// The plan for a collection that turned out not to be small.
    init(layered query: [Float], _ index: CollectionIndex, _ settings: DatabaseSettings) {
        self = Self.ranges(query, index, depth: index.layers.depth(of: 0), settings.maxReadBytes)
    }

    private static func ranges(
        _ query: [Float], _ index: CollectionIndex, depth: Int, _ maxBytes: Int
    ) -> SearchPlan {
        let rows = index.itemEstimate.withLock { $0 } ?? 1
        let maxShare = Double(maxBytes) / Double(max(1, rows * rowBytes(index.sketcher.format)))
        if index.configuration.metric != .cosine, maxShare >= 1, case .random = index.read.planes {
            return .everything
        }
        return .ranges(index.read.planes.ranges(for: query, depth: depth, maxShare: min(1, maxShare)))
    }

    /// What a bucket row takes with its keys and names, about.
    static func rowBytes(_ format: SketchFormat) -> Int { format.byteCount + 64 }

    /// A shard's part of `maxItems`, with room for chance: six standard deviations.
    private static func rowsPerShard(_ maxItems: Int, of shards: Int) -> Int {
        let share = Double(maxItems) / Double(shards)
        return Int((share + 6 * share.squareRoot()).rounded(.up)) + 8
    }
}

extension Planes {
    /// The buckets to read for a query. Cells know how many of them; random planes go by a depth and a model.
    fileprivate func ranges(for query: [Float], depth: Int, maxShare: Double) -> [BucketRange] {
        switch self {
        case .learned(let cells):
            return cells.ranges(for: query, maxShare: maxShare, maxRanges: SearchPlan.maxCellRanges)
        case .random(let planes):
            return ProbeSequence(
                projections: planes.projections(of: normalised(query)), depth: depth,
                coverage: SearchPlan.coverage, maxShare: maxShare, maxRanges: SearchPlan.maxRanges
            ).ranges
        }
    }

    /// The share of all rows that lies in ranges, about.
    func share(of ranges: [BucketRange]) -> Double {
        if case .learned(let cells) = self { return cells.share(of: ranges) }
        return ranges.reduce(0) { $0 + Double($1.prefixes.count) / Double(1 << $1.depth) }
    }
}

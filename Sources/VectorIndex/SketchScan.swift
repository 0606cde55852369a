internal import CKernels

/// Collects, chunk after chunk, which rows may be among the `limit` best of a query.
///
/// Kept are the rows that the row by row way keeps, with the very same estimates: a fast filter in float32, widened
/// by what its rounding may amount to, chooses the rows that are looked at in float64. Rows that can no longer be
/// among the best are dropped on the way. Codes of several bits are left unread where the highest bits say that no row of a block comes near,
/// as `SketchFilter` says: of the rows at the threshold one in 160 is lost so.
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
    private let filter: SketchFilter
    private var kept: [Hit] = []
    /// The best ranks so far: what the next rows have to come near.
    private var best: SmallestOnTop
    private var pruneAt = SketchScan.slack
    private var scannedBlocks = 0

    private static let slack = 1024

    /// - Parameter limit: How many of the best have to be told surely, at least 1.
    public init(_ query: SketchQuery, limit: Int) {
        self.query = query
        filter = SketchFilter(query)
        best = SmallestOnTop(capacity: limit)
    }

    /// - Parameters:
    ///   - sketches: Of the query's format.
    ///   - chunk: The caller's number of it, given back in hits.
    ///   - included: The rows to look at, one bit each, the first the lowest of the first word; words that lack
    ///     count as zeros. Nil for all.
    /// - Complexity: O(rows × dimension): 0.7 ns a row at 384 dimensions with AVX-512 and 1.4 ns with AVX2, of
    ///   one bit or two where few rows come near; `Benchmarks/kernels/run` measures it.
    public mutating func scan(_ sketches: SketchChunk, chunk: Int, included: [UInt64]? = nil) {
        precondition(sketches.format == query.format)
        guard let included else {
            rowCount += sketches.count
            return sketches.withBlocks { scan(blocks($0, sketches.count, nil), chunk) }
        }
        let words = Self.cut(included, rows: sketches.count)
        rowCount += words.reduce(0) { $0 + $1.nonzeroBitCount }
        words.withUnsafeBufferPointer { words in
            sketches.withBlocks { scan(blocks($0, sketches.count, words.baseAddress), chunk) }
        }
    }

    /// Takes what the scan of other rows for the same query found: parts may be scanned in parallel.
    public mutating func merge(_ other: SketchScan) {
        rowCount += other.rowCount
        for rank in other.best.numbers { best.offer(rank) }
        for hit in other.kept where reaches(hit.estimate) { keep(hit) }
    }

    /// Every row seen whose estimate, raised by `deviations` standard deviations, reaches the estimate of the
    /// `limit`-th best, in no order.
    ///
    /// A `Shortlist` of their estimates is the shortlist of all rows seen.
    public func hits() -> [Hit] {
        kept.filter { reaches($0.estimate) }
    }
}

// MARK: - What is kept

extension SketchScan {
    private func reaches(_ estimate: SketchQuery.Estimate) -> Bool {
        !best.isFull || estimate.rank + Self.deviations * estimate.error >= best.smallest
    }

    private mutating func offer(_ hit: Hit) {
        guard reaches(hit.estimate) else { return }
        best.offer(hit.estimate.rank)
        keep(hit)
    }

    private mutating func keep(_ hit: Hit) {
        kept.append(hit)
        guard kept.count >= pruneAt else { return }
        kept = kept.filter { reaches($0.estimate) }
        pruneAt = 2 * kept.count + Self.slack
    }

    /// Below this rank, raised by its error, nothing is kept.
    private var threshold: Double { best.isFull ? best.smallest : -.infinity }
}

// MARK: - Blocks

extension SketchScan {
    private func blocks(
        _ bytes: UnsafeRawBufferPointer, _ rows: Int, _ included: UnsafePointer<UInt64>?
    ) -> whiplash_blocks {
        whiplash_blocks(
            bytes: bytes.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped, row_count: rows,
            included: included)
    }

    /// The bits of the rows there are, no more and no fewer words than they take.
    private static func cut(_ included: [UInt64], rows: Int) -> [UInt64] {
        (0..<(rows + 63) / 64).map { word in
            let bits = word < included.count ? included[word] : 0
            return rows - word * 64 < 64 ? bits & ((1 << (rows - word * 64)) - 1) : bits
        }
    }

    private mutating func scan(_ blocks: whiplash_blocks, _ chunk: Int) {
        if query.format.isExact { scanVectors(blocks, chunk) } else { scanCodes(blocks, chunk) }
    }

    private mutating func scanCodes(_ blocks: whiplash_blocks, _ chunk: Int) {
        var blocks = blocks
        let (tables, format) = (query.tables, query.format)
        tables.low.withUnsafeBufferPointer { low in
            tables.high.withUnsafeBufferPointer { high in
                var query = filter.query(low, high, format)
                let blockCount = SketchChunk.blockCount(rows: blocks.row_count)
                withUnsafeTemporaryAllocation(
                    of: whiplash_seen_row.self, capacity: Self.stripBlocks * SketchChunk.blockRows
                ) { seen in
                    var first = 0
                    while first < blockCount {
                        let end = min(first + stripLength, blockCount)
                        query.threshold = filter.threshold(threshold)
                        let count = kernels.scan_sketches(
                            &query, &blocks, first, end, seen.baseAddress.unsafelyUnwrapped)
                        for row in seen[..<count] {
                            take(row, UnsafeRawPointer(blocks.bytes), chunk)
                        }
                        scannedBlocks += end - first
                        first = end
                    }
                }
            }
        }
    }

    /// Blocks to scan before the threshold is looked at again: few as long as it rises much.
    private var stripLength: Int { min(Self.stripBlocks, 1 + scannedBlocks / 8) }

    private static let stripBlocks = WHIPLASH_STRIP_BLOCKS

    /// Offers a row that the kernel has seen.
    private mutating func take(_ seen: whiplash_seen_row, _ bytes: UnsafeRawPointer, _ chunk: Int) {
        let (block, place) = Int(seen.row).quotientAndRemainder(dividingBy: SketchChunk.blockRows)
        let factors = bytes + block * query.format.blockByteCount + query.format.blockFactorOffset + place * 4
        func factor(_ index: Int) -> Float {
            factors.load(fromByteOffset: index * SketchChunk.blockRows * 4, as: Float.self)
        }
        let estimate = query.estimate(
            sum: Int(seen.sum),
            SketchQuery.Factors(
                scale: factor(0), error: factor(1), norm: query.format.hasNorm ? factor(2) : 0))
        offer(Hit(chunk: chunk, row: Int(seen.row), estimate: estimate))
    }

    private mutating func scanVectors(_ blocks: whiplash_blocks, _ chunk: Int) {
        var blocks = blocks
        let (vector, isEuclidean) = (query.vector, query.format.metric == .euclidean)
        vector.withUnsafeBufferPointer { vector in
            var query = whiplash_vector_query(
                query: vector.baseAddress.unsafelyUnwrapped, dimension: vector.count,
                is_euclidean: isEuclidean ? 1 : 0, threshold: 0)
            withUnsafeTemporaryAllocation(of: Double.self, capacity: SketchChunk.blockRows) { ranks in
                let ranks = ranks.baseAddress.unsafelyUnwrapped
                var (block, seen) = (0, 0 as UInt32)
                while true {
                    query.threshold = threshold
                    block = kernels.scan_vectors(&query, &blocks, block, ranks, &seen)
                    if seen == 0 { return }
                    while seen != 0 {
                        let place = seen.trailingZeroBitCount
                        seen &= seen - 1
                        let estimate = SketchQuery.Estimate(rank: ranks[place], error: 0)
                        offer(
                            Hit(chunk: chunk, row: block * SketchChunk.blockRows + place, estimate: estimate))
                    }
                    block += 1
                }
            }
        }
    }
}

internal import CKernels

/// Collects, chunk after chunk, which rows may be among the `limit` best of a query.
///
/// Kept are the rows that the row by row way keeps, with the very same estimates: a fast filter in float32, widened
/// by what its rounding may amount to, chooses the rows that are looked at in float64. Rows that can no longer be
/// among the best are dropped on the way.
///
/// Of codes of several bits the highest are looked at first, in all chunks. Then come the blocks of 32 rows of which these say the most, and
/// with what is found there the few others in which a row may come near, as `SketchFilter` says: of the rows at the threshold one in 160 is lost
/// so. Were blocks looked at as they come, it would be four times as many, for as long as the best are not known.
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
    /// Blocks of which all bits have been looked at.
    private(set) var wholeBlockCount = 0

    private let query: SketchQuery
    private let filter: SketchFilter
    private var kept: [Hit] = []
    /// The best ranks so far: what the next rows have to come near.
    private var best: SmallestOnTop
    private var pruneAt = SketchScan.slack
    /// The chunks to look at further.
    private var chunks: [Chunk] = []
    /// What rows of a block may reach, block after block of all those chunks; not a number where there is no more to look at.
    private var topRanks: [Float] = []
    /// What the kernel sees of a strip: kept from one to the next, as it is more than the stack is given.
    private var seen: [whiplash_seen_row]

    private static let slack = 1024
    /// Blocks that are scanned with one threshold.
    private static let stripBlocks = 32

    /// - Parameter limit: How many of the best have to be told surely, at least 1.
    public init(_ query: SketchQuery, limit: Int) {
        self.query = query
        filter = SketchFilter(query)
        best = SmallestOnTop(capacity: limit)
        let seenCount = query.format.isExact ? 0 : Self.stripBlocks * SketchChunk.blockRows
        seen = Array(repeating: whiplash_seen_row(), count: seenCount)
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
        let words = included.map { Self.cut($0, rows: sketches.count) }
        rowCount += words?.reduce(0) { $0 + $1.nonzeroBitCount } ?? sketches.count
        let chunk = Chunk(sketches: sketches, number: chunk, included: words, firstBlock: topRanks.count)
        if query.format.isExact { scanVectors(chunk) } else { lookAtHighestBits(chunk) }
    }

    /// Every row seen whose estimate, raised by `deviations` standard deviations, reaches the estimate of the
    /// `limit`-th best, in no order.
    ///
    /// A `Shortlist` of their estimates is the shortlist of all rows seen.
    public mutating func hits() -> [Hit] {
        if !chunks.isEmpty {
            Self.withKernelQuery(query, filter) { query in
                lookAtHighestBlocks(&query)
                lookAtOtherBlocks(&query)
            }
            (chunks, topRanks) = ([], [])
        }
        return kept.filter { reaches($0.estimate) }
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

// MARK: - Chunks

extension SketchScan {
    private struct Chunk: Sendable {
        let sketches: SketchChunk
        /// The caller's.
        let number: Int
        let included: [UInt64]?
        /// Where its first block is in `topRanks`.
        let firstBlock: Int

        var blockCount: Int { SketchChunk.blockCount(rows: sketches.count) }

        /// Calls `body` with the blocks, unless there are no rows.
        func withBlocks(_ body: (inout whiplash_blocks) -> Void) {
            sketches.withBlocks { bytes in
                var blocks = whiplash_blocks(
                    bytes: bytes.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped,
                    row_count: sketches.count, included: nil)
                guard let included else { return body(&blocks) }
                included.withUnsafeBufferPointer {
                    blocks.included = $0.baseAddress
                    body(&blocks)
                }
            }
        }
    }

    /// The bits of the rows there are, no more and no fewer words than they take.
    private static func cut(_ included: [UInt64], rows: Int) -> [UInt64] {
        (0..<(rows + 63) / 64).map { word in
            let bits = word < included.count ? included[word] : 0
            return rows - word * 64 < 64 ? bits & ((1 << (rows - word * 64)) - 1) : bits
        }
    }
}

// MARK: - Codes

extension SketchScan {
    private static func withKernelQuery(
        _ query: SketchQuery, _ filter: SketchFilter, _ body: (inout whiplash_sketch_query) -> Void
    ) {
        query.tables.low.withUnsafeBufferPointer { low in
            query.tables.high.withUnsafeBufferPointer { high in
                var kernelQuery = filter.query(low, high, query.format)
                body(&kernelQuery)
            }
        }
    }

    /// Of codes of one bit there is nothing to tell before they are looked at.
    private mutating func lookAtHighestBits(_ chunk: Chunk) {
        topRanks.append(contentsOf: repeatElement(.infinity, count: chunk.blockCount))
        chunks.append(chunk)
        guard filter.isStaged, chunk.blockCount > 0 else { return }
        Self.withKernelQuery(query, filter) { query in
            topRanks.withUnsafeMutableBufferPointer { ranks in
                let ranks = ranks.baseAddress.unsafelyUnwrapped + chunk.firstBlock
                chunk.withBlocks { kernels.top_ranks(&query, &$0, ranks) }
            }
        }
    }

    /// The blocks that may reach highest, one by one: most of the best are among them, and the threshold is then near what it will be.
    private mutating func lookAtHighestBlocks(_ query: inout whiplash_sketch_query) {
        for block in Self.highest(topRanks) {
            guard let chunk = chunks.last(where: { $0.firstBlock <= block }) else { return }
            look(at: [UInt32(block - chunk.firstBlock)], of: chunk, &query)
            topRanks[block] = .nan
        }
    }

    /// Where the greatest of these numbers are, the greatest first.
    private static func highest(_ ranks: [Float]) -> [Int] {
        var places: [Int] = []
        places.reserveCapacity(highestBlocks)
        ranks.withUnsafeBufferPointer { ranks in
            var least = -Float.infinity
            for place in ranks.indices where ranks[place] > least {
                if places.count == highestBlocks { places.removeLast() }
                places.insert(place, at: places.firstIndex { ranks[$0] < ranks[place] } ?? places.endIndex)
                if places.count == highestBlocks { least = ranks[places[highestBlocks - 1]] }
            }
        }
        return places
    }

    static let highestBlocks = 16

    /// The others, as far as their highest bits say that a row may come near.
    private mutating func lookAtOtherBlocks(_ query: inout whiplash_sketch_query) {
        var strip: [UInt32] = []
        strip.reserveCapacity(Self.stripBlocks)
        for chunk in chunks {
            var block = 0
            while block < chunk.blockCount {
                block = fill(&strip, from: block, of: chunk)
                look(at: strip, of: chunk, &query)
            }
        }
    }

    /// Takes the numbers of the next blocks in which a row may come near; gives that of the block behind.
    private func fill(_ strip: inout [UInt32], from first: Int, of chunk: Chunk) -> Int {
        strip.removeAll(keepingCapacity: true)
        let least = filter.threshold(threshold)
        return topRanks.withUnsafeBufferPointer { ranks in
            for block in first..<chunk.blockCount where ranks[chunk.firstBlock + block] >= least {
                strip.append(UInt32(block))
                if strip.count == Self.stripBlocks { return block + 1 }
            }
            return chunk.blockCount
        }
    }

    /// - Parameter strip: Numbers of blocks of the chunk, rising; at most `stripBlocks`.
    private mutating func look(
        at strip: [UInt32], of chunk: Chunk, _ query: inout whiplash_sketch_query
    ) {
        if strip.isEmpty { return }
        wholeBlockCount += strip.count
        query.threshold = filter.threshold(threshold)
        chunk.withBlocks { blocks in
            let count = kernels.scan_sketches(&query, &blocks, strip, strip.count, &seen)
            for index in 0..<count { take(seen[index], UnsafeRawPointer(blocks.bytes), chunk.number) }
        }
    }

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

}

// MARK: - Vectors

extension SketchScan {
    private mutating func scanVectors(_ chunk: Chunk) {
        let (vector, isEuclidean) = (query.vector, query.format.metric == .euclidean)
        vector.withUnsafeBufferPointer { vector in
            var query = whiplash_vector_query(
                query: vector.baseAddress.unsafelyUnwrapped, dimension: vector.count,
                is_euclidean: isEuclidean ? 1 : 0, threshold: 0)
            chunk.withBlocks { scanVectors(&$0, &query, chunk.number) }
        }
    }

    private mutating func scanVectors(
        _ blocks: inout whiplash_blocks, _ query: inout whiplash_vector_query, _ chunk: Int
    ) {
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
                    offer(Hit(chunk: chunk, row: block * SketchChunk.blockRows + place, estimate: estimate))
                }
                block += 1
            }
        }
    }
}

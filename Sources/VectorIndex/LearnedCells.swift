/// The planes of a tuned collection: space cut into cells around centres learned from a sample of its vectors.
///
/// A vector belongs to the cell of the nearest centre, so that cells are bounded by the planes halfway between two centres. Their
/// numbers are the leading bits of the hash keys: a cell is a bucket of depth `depth`, one range of keys. Numbers follow the tree
/// from which the centres come (`CellTree`), in which each node is cut by the plane through its middle across its leading principal
/// direction; cells with neighbouring numbers therefore lie near each other, and ranges join at little cost.
///
/// Random planes are drawn through the origin, while real embeddings lie to one side of it and vary in few directions; and a bucket
/// between planes has no middle to tell how near a query is. Measured in docs/tuning.md.
public struct LearnedCells: Sendable, Equatable {
    public let dimension: Int
    public let metric: Metric
    /// The leading bits that number the cells, 1 to `maxDepth`.
    public let depth: Int
    /// Shape `[2^depth, dimension]`, row by row; of length one under cosine. Each number has the bits of a bfloat16, as it is stored.
    let centres: [Float]
    /// How many vectors of the sample lie in each cell.
    let counts: [UInt32]
    /// The share of the rows, 0 to 1, that a search reads: with it `targetRecall` was reached within the sample.
    public let share: Double

    /// `⟨c, c⟩ / 2` of each centre, or nothing under cosine.
    private let offsets: [Double]

    /// 512 cells; choosing among them takes a tenth of a millisecond at 384 dimensions.
    public static let maxDepth = 9
    /// The recall among ten neighbours that `share` is chosen for.
    public static let targetRecall = 0.98

    init(dimension: Int, metric: Metric, centres: [Float], counts: [UInt32], share: Double) {
        precondition(centres.count == counts.count * dimension && counts.count.nonzeroBitCount == 1)
        self.dimension = dimension
        self.metric = metric
        depth = counts.count.trailingZeroBitCount
        self.centres = centres
        self.counts = counts
        self.share = share
        offsets =
            metric == .cosine
            ? []
            : stride(from: 0, to: centres.count, by: dimension).map { start in
                centres[start..<start + dimension].withUnsafeBufferPointer(squaredNorm) / 2
            }
    }

    public var cellCount: Int { counts.count }

    /// The hash key of a vector: its cell's number in the leading bits, zeros behind.
    ///
    /// - Parameter vector: Shape `[dimension]`, finite. Under cosine only its direction matters.
    /// - Complexity: O(`cellCount` × `dimension`); 60 µs for 512 cells at 384 dimensions.
    public func hashKey(of vector: [Float]) -> HashKey {
        HashKey(bits: UInt32(cell(of: vector)) << (HashKey.bitCount - depth))
    }

    /// The number of the cell that a vector lies in; of two as near the lesser.
    func cell(of vector: [Float]) -> Int {
        precondition(vector.count == dimension)
        return vector.withUnsafeBufferPointer { cell(of: $0) }
    }

    func cell(of vector: UnsafeBufferPointer<Float>) -> Int {
        nearnesses(to: vector) { nearnesses in
            if metric != .cosine { for cell in 0..<cellCount { nearnesses[cell] -= offsets[cell] } }
            var best = 0
            for cell in 1..<max(1, cellCount) where nearnesses[cell] > nearnesses[best] { best = cell }
            return best
        }
    }

    /// The cells in the order in which a search for `query` reads them: by their centres' score.
    ///
    /// - Returns: Every cell's number, the likeliest first.
    func order(for query: [Float]) -> [Int] {
        precondition(query.count == dimension)
        return query.withUnsafeBufferPointer { query in
            nearnesses(to: query) { nearnesses in
                if metric == .euclidean { for cell in 0..<cellCount { nearnesses[cell] -= offsets[cell] } }
                return (0..<cellCount).sorted { left, right in
                    nearnesses[left] != nearnesses[right]
                        ? nearnesses[left] > nearnesses[right] : left < right
                }
            }
        }
    }

    /// The inner products of a vector with every centre.
    private func nearnesses<Result>(
        to vector: UnsafeBufferPointer<Float>, _ body: (UnsafeMutableBufferPointer<Double>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: cellCount) { products in
            centres.withUnsafeBufferPointer { centres in
                guard let first = vector.baseAddress, let normals = centres.baseAddress,
                    let target = products.baseAddress
                else { return }
                kernels.inner_products(normals, cellCount, first, dimension, target)
            }
            return body(products)
        }
    }
}

// MARK: - Probing

extension LearnedCells {
    /// The buckets to read for a query: the likeliest cells until they hold `share` of the sample.
    ///
    /// - Parameters:
    ///   - share: 0 to 1; at least one cell is read.
    ///   - maxShare: A bound on it.
    ///   - maxRanges: The most runs; the nearest runs are joined across the smallest gaps.
    /// - Complexity: O(`cellCount` × `dimension`).
    public func ranges(
        for query: [Float], share: Double? = nil, maxShare: Double = 1, maxRanges: Int
    ) -> [BucketRange] {
        let wanted = min(share ?? self.share, maxShare) * Double(max(1, sampleCount))
        var (taken, chosen) = (0.0, [UInt32]())
        for cell in order(for: query) where taken < wanted || chosen.isEmpty {
            taken += Double(counts[cell])
            chosen.append(UInt32(cell))
        }
        return BucketRange.runs(of: chosen.sorted(), atMost: maxRanges).map { run in
            BucketRange(depth: depth, prefixes: run)
        }
    }

    /// The share of the sample that ranges of cells hold, 0 to 1.
    public func share(of ranges: [BucketRange]) -> Double {
        let taken = ranges.reduce(0) { sum, range in
            precondition(range.depth == depth)
            return range.prefixes.reduce(sum) { $0 + Int(counts[Int($1)]) }
        }
        return sampleCount > 0 ? Double(taken) / Double(sampleCount) : 1
    }

    private var sampleCount: Int { counts.reduce(0) { $0 + Int($1) } }
}

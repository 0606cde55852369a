extension LearnedCells {
    /// Learns cells from a sample.
    ///
    /// A `CellTree` gives the first centres; each then moves to the middle of its cell, some times (S. Lloyd, "Least Squares
    /// Quantization in PCM", IEEE Trans. Inf. Theory 1982; under cosine the middle is taken at length one). Part of the sample is
    /// kept out of the learning and asked for its neighbours, which tells how many rows a search has to read.
    ///
    /// - Parameters:
    ///   - sample: Shape `[count, dimension]`, row by row, finite; at least `minSampleCount` rows, in random order.
    ///   - seed: Of the search for principal directions. The same sample and seed give the same cells on one machine; others read
    ///     what was stored.
    /// - Complexity: O(`count` × 2^`maxDepth` × `dimension`); 3 s for 16,000 rows at 384 dimensions on one core.
    public init(sample: [Float], dimension: Int, metric: Metric, seed: UInt64) {
        let rows = SampleRows(sample, dimension: dimension, metric: metric)
        precondition(rows.count >= Self.minSampleCount)
        let asked = Array(rows.indices.prefix(min(Self.maxAsked, rows.count / 8)))
        let learned = Array(rows.indices.dropFirst(asked.count))
        let depth = Self.depth(forSample: learned.count)
        var tree = CellTree(depth: depth, generator: SeededGenerator(seed: seed))
        var cells = LearnedCells(
            dimension: dimension, metric: metric, centres: tree.centres(of: rows, learned),
            counts: [UInt32](repeating: 0, count: 1 << depth), share: 1)
        for _ in 0..<Self.moves { cells = cells.moved(rows, learned) }
        self = cells.counted(rows, learned, asked)
    }

    /// The fewest rows that anything can be learned from.
    public static let minSampleCount = 256
    /// What is worth reading for learning, in vectors and in bytes of float32.
    public static func sampleCount(dimension: Int) -> Int {
        max(minSampleCount, min(16_384, (32 << 20) / (4 * dimension)))
    }

    private static let maxAsked = 256
    private static let moves = 4
    private static let neighbours = 10

    /// Cells of 16 vectors of the sample on average, or more.
    private static func depth(forSample count: Int) -> Int {
        max(1, min(maxDepth, Int.bitWidth - 1 - (count / 16).leadingZeroBitCount))
    }

    /// Each centre in the middle of the rows in its cell; one without any stays.
    private func moved(_ rows: SampleRows, _ chosen: [Int]) -> LearnedCells {
        var sums = [Double](repeating: 0, count: centres.count)
        var counts = [Int](repeating: 0, count: cellCount)
        for row in chosen {
            let cell = rows.withRow(row) { self.cell(of: $0) }
            counts[cell] += 1
            rows.add(row, times: 1, to: &sums, at: cell * dimension)
        }
        var moved = centres
        for cell in 0..<cellCount where counts[cell] > 0 {
            let middle = sums[cell * dimension..<(cell + 1) * dimension].map {
                Float($0 / Double(counts[cell]))
            }
            moved.replaceSubrange(
                cell * dimension..<(cell + 1) * dimension,
                with: (metric == .cosine ? normalised(middle) : middle).map(\.roundedToBFloat16))
        }
        return LearnedCells(
            dimension: dimension, metric: metric, centres: moved, counts: self.counts, share: share)
    }

    /// With the sample counted out into the cells, and the share that finds the neighbours of the rows kept apart.
    private func counted(_ rows: SampleRows, _ learned: [Int], _ asked: [Int]) -> LearnedCells {
        let cellOfRow = rows.indices.map { row in rows.withRow(row) { cell(of: $0) } }
        var counts = [UInt32](repeating: 0, count: cellCount)
        for row in learned { counts[cellOfRow[row]] += 1 }
        var shares: [Double] = []
        for row in asked {
            let query = rows.row(row)
            var reached = [Double](repeating: 1, count: cellCount)
            var taken = 0.0
            for cell in order(for: query) {
                taken += Double(counts[cell])
                reached[cell] = taken / Double(learned.count)
            }
            let nearest = rows.nearest(Self.neighbours, to: query, among: learned)
            shares += nearest.map { reached[cellOfRow[$0]] }
        }
        shares.sort()
        let share = shares[min(shares.count - 1, Int(Self.targetRecall * Double(shares.count)))]
        return LearnedCells(
            dimension: dimension, metric: metric, centres: centres, counts: counts, share: share)
    }
}

/// The rows of a sample, one behind the other; under cosine of length one.
struct SampleRows {
    let dimension: Int
    let metric: Metric
    private let values: [Float]

    init(_ values: [Float], dimension: Int, metric: Metric) {
        precondition(values.count.isMultiple(of: dimension))
        self.dimension = dimension
        self.metric = metric
        self.values = metric == .cosine ? Self.normalisedRows(values, dimension) : values
    }

    private static func normalisedRows(_ values: [Float], _ dimension: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: values.count) { result, count in
            values.withUnsafeBufferPointer { values in
                for start in stride(from: 0, to: values.count, by: dimension) {
                    normalise(
                        UnsafeBufferPointer(rebasing: values[start..<start + dimension]),
                        into: UnsafeMutableBufferPointer(rebasing: result[start..<start + dimension]))
                }
            }
            count = values.count
        }
    }

    var count: Int { values.count / dimension }
    var indices: Range<Int> { 0..<count }

    func row(_ row: Int) -> [Float] { Array(values[row * dimension..<(row + 1) * dimension]) }

    func withRow<Result>(_ row: Int, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
        values.withUnsafeBufferPointer { values in
            body(UnsafeBufferPointer(rebasing: values[row * dimension..<(row + 1) * dimension]))
        }
    }

    /// Adds a row, weighted, to sums that begin at `start`.
    func add(_ row: Int, times weight: Double, to sums: inout [Double], at start: Int) {
        withRow(row) { row in
            sums.withUnsafeMutableBufferPointer { sums in
                for index in 0..<row.count { sums[start + index] += weight * Double(row[index]) }
            }
        }
    }

    /// The rows nearest to a query, in the metric.
    func nearest(_ count: Int, to query: [Float], among chosen: [Int]) -> [Int] {
        let scores = query.withUnsafeBufferPointer { query in
            chosen.map { row in withRow(row) { metric.score($0, query) } }
        }
        let order = chosen.indices.sorted { scores[$0] > scores[$1] }
        return order.prefix(count).map { chosen[$0] }
    }
}

extension Float {
    /// The nearest number with the bits of a bfloat16: the upper half of those of a float32.
    var roundedToBFloat16: Float {
        let bits = bitPattern
        let rounded = bits &+ (0x7FFF + (bits >> 16 & 1))
        // What would become infinite stays finite.
        return Float(bitPattern: (rounded & 0x7F80_0000 == 0x7F80_0000 ? bits : rounded) & 0xFFFF_0000)
    }
}

/// Cuts a sample in two, and each half again: by the plane through its middle across its leading principal direction.
///
/// The halves hold as many rows as each other; the leaves' middles are where the centres of `LearnedCells` begin, and their order is the
/// order of the cells' numbers.
///
/// Source: R. Sproull, "Refinements to Nearest-Neighbor Searching in k-Dimensional Trees", Algorithmica 1991 (principal axis trees).
struct CellTree {
    let depth: Int
    var generator: SeededGenerator

    /// How often a direction is drawn towards the leading one. It need not be exact.
    private static let powerSteps = 6

    /// The middles of the leaves, in order.
    ///
    /// - Returns: Shape `[2^depth, dimension]`.
    mutating func centres(of rows: SampleRows, _ chosen: [Int]) -> [Float] {
        var leaves = [chosen]
        for _ in 0..<depth { leaves = leaves.flatMap { cut($0, rows) } }
        return leaves.flatMap { leaf in
            let middle = middle(of: leaf, rows).map { Float($0) }
            return (rows.metric == .cosine ? normalised(middle) : middle).map(\.roundedToBFloat16)
        }
    }

    private mutating func cut(_ node: [Int], _ rows: SampleRows) -> [[Int]] {
        let direction = principalDirection(of: node, rows)
        let places = direction.withUnsafeBufferPointer { direction in
            node.map { row in rows.withRow(row) { innerProduct($0, direction) } }
        }
        let order = node.indices.sorted { (places[$0], node[$0]) < (places[$1], node[$1]) }
        let half = order.count / 2
        return [order[..<half].map { node[$0] }, order[half...].map { node[$0] }]
    }

    /// The direction in which rows vary most around their middle, by power iteration on their covariance.
    private mutating func principalDirection(of node: [Int], _ rows: SampleRows) -> [Float] {
        var direction = (0..<rows.dimension).map { _ in generator.nextGaussian() }
        guard node.count > 1 else { return direction }
        let middle = middle(of: node, rows)
        for _ in 0..<Self.powerSteps {
            let drawn = covarianceTimes(direction, node, middle, rows)
            let length = drawn.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 0, length.isFinite else { break }
            direction = drawn.map { Float($0 / length) }
        }
        return direction
    }

    /// `Σ (x − m) ⟨x − m, v⟩` over the rows `x` with the middle `m`.
    private func covarianceTimes(
        _ direction: [Float], _ node: [Int], _ middle: [Double], _ rows: SampleRows
    ) -> [Double] {
        let ofMiddle = zip(middle, direction).reduce(0) { $0 + $1.0 * Double($1.1) }
        var (sums, weights) = ([Double](repeating: 0, count: rows.dimension), 0.0)
        for row in node {
            let weight = direction.withUnsafeBufferPointer { direction in
                rows.withRow(row) { innerProduct($0, direction) } - ofMiddle
            }
            rows.add(row, times: weight, to: &sums, at: 0)
            weights += weight
        }
        return zip(sums, middle).map { $0 - weights * $1 }
    }

    private func middle(of node: [Int], _ rows: SampleRows) -> [Double] {
        var sums = [Double](repeating: 0, count: rows.dimension)
        for row in node { rows.add(row, times: 1, to: &sums, at: 0) }
        return sums.map { $0 / Double(max(1, node.count)) }
    }
}

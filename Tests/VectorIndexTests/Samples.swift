import VectorIndex

/// Vectors to test with, drawn from a seed that a failing test prints as its argument.
struct Samples {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func vector(_ dimension: Int, scale: Float = 1) -> [Float] {
        (0..<dimension).map { _ in generator.nextGaussian() * scale }
    }

    /// Components of very different sizes, some of them zero.
    mutating func uneven(_ dimension: Int) -> [Float] {
        let powers: [Float] = [1, 1e-3, 1e-12, 1e9, 0, -.leastNonzeroMagnitude * 999, 1e20, 3]
        return vector(dimension).map { $0 * powers[Int(generator.next() % 8)] }
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(generator.next() >> 56) }
    }

    /// Vectors around a few centres, as embeddings of real texts lie: uneven, and not around the origin.
    mutating func clustered(_ count: Int, _ dimension: Int, centres: Int = 20) -> [[Float]] {
        let middle = vector(dimension, scale: 0.3)
        let centres = (0..<centres).map { _ in zip(middle, vector(dimension)).map { $0 + $1 } }
        return (0..<count).map { index in
            zip(centres[index % centres.count], vector(dimension, scale: 0.7)).map { $0 + $1 }
        }
    }
}

/// The true order of vectors for a query: the oracle of everything fast.
func exhaustive(_ vectors: [[Float]], _ query: [Float], _ metric: Metric, limit: Int) -> [Int] {
    let scores = vectors.map { score(metric, $0, query) }
    return Array(vectors.indices.sorted { scores[$0] > scores[$1] }.prefix(limit))
}

func score(_ metric: Metric, _ left: [Float], _ right: [Float]) -> Float {
    left.withUnsafeBufferPointer { left in right.withUnsafeBufferPointer { metric.score(left, $0) } }
}

import VectorIndex
import Whiplash

/// Vectors that are hard on bounds and on the order of an answer: nearly the same, just the same, of all sizes, in clusters, all on one
/// side, of few components.
struct HardVectors {
    private var generator: SeededGenerator
    private let kind: GroupConformance.Case
    private var kept: [[Float]] = []

    init(_ kind: GroupConformance.Case, seed: UInt64) {
        self.kind = kind
        generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(kind.dimension))
    }

    /// Items with ids `0`, `1`, … in an order that says nothing of their vectors.
    mutating func draw() -> [Item] {
        var vectors: [[Float]] = []
        for _ in 0..<kind.rounds { vectors += sets().flatMap(\.self) }
        vectors = vectors.filter(isLegal)
        vectors.shuffle(using: &generator)
        kept = vectors
        return vectors.enumerated().map { Item(id: "\($0)", vector: $1) }
    }

    /// Stored vectors, their neighbours, and others.
    mutating func queries() -> [[Float]] {
        let stored = kept.prefix(8).map { $0 }
        let near = stored.prefix(4).map { vector in nudged(vector, by: 0.05) }
        return (stored + near + [gaussian(), gaussian()]).filter { vector in
            kind.metric != .cosine || vector.contains { $0 != 0 }
        }
    }

    private mutating func sets() -> [[[Float]]] {
        let centre = gaussian()
        let dimension = kind.dimension
        var single = [Float](repeating: 0, count: dimension)
        single[dimension / 2] = 2
        let alike = (0..<20).map { _ in nudged(centre, by: 1e-6) }
        let clustered = (0..<30).map { _ in nudged(centre, by: 0.3) }
        let oneSided = (0..<20).map { _ in gaussian().map { $0 * 0.2 + 3 } }
        let spread = (0..<30).map { _ in gaussian() }
        let sizes: [Float] = kind.type == .float16 ? [1e-4, 1e-7, 1e3] : [1e-4, 1e-20, 1e18, 3e37]
        let scaled = sizes.flatMap { size in (0..<4).map { _ in gaussian().map { $0 * size / 4 } } }
        return [
            alike, [[Float]](repeating: centre, count: 12), clustered, oneSided, spread, scaled,
            [single, single.map { -$0 }, [Float](repeating: 0, count: dimension)],
            [[Float](repeating: 1, count: dimension), [Float](repeating: 0.1, count: dimension)],
            (0..<6).map { _ in gaussian().map { $0.rounded() } },
        ]
    }

    private func isLegal(_ vector: [Float]) -> Bool {
        let stored = kind.type.rounded(vector)
        guard stored.allSatisfy(\.isFinite) else { return false }
        return kind.metric != .cosine || stored.contains { $0 != 0 }
    }

    private mutating func gaussian() -> [Float] { (0..<kind.dimension).map { _ in generator.nextGaussian() } }

    private mutating func nudged(_ vector: [Float], by size: Float) -> [Float] {
        vector.map { $0 + size * $0.magnitude * generator.nextGaussian() }
    }
}

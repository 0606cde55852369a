import Testing

@testable import VectorIndex

/// A dimension with bits for each; nil bits are the default.
struct SketchShape: Sendable, CustomStringConvertible {
    let dimension: Int
    let bits: Int?

    init(_ dimension: Int, bits: Int? = nil) { (self.dimension, self.bits) = (dimension, bits) }

    var description: String { "\(dimension)" + (bits.map { " by \($0)" } ?? "") }

    /// Around every change of the default, and every number of bits in many dimensions.
    static let all =
        [1, 2, 3, 15, 16, 17, 40, 63, 64, 65, 100, 159, 160, 200, 320].map { SketchShape($0) }
        + [384, 1536, 4096].flatMap { dimension in [1, 2].map { SketchShape(dimension, bits: $0) } }
        + [SketchShape(384, bits: 4), SketchShape(384, bits: 8)]
}

@Suite struct SketchTests {
    @Test(
        "Estimates lie within their error bound and are unbiased",
        arguments: SketchShape.all.filter { 16...1536 ~= $0.dimension }, Metric.allCases)
    func estimatesKeepTheirBound(shape: SketchShape, metric: Metric) {
        let sketcher = Sketcher(dimension: shape.dimension, metric: metric, seed: 5, bits: shape.bits)
        var samples = Samples(seed: UInt64(shape.dimension))
        let vectors = samples.clustered(200, shape.dimension)
        let query = SketchQuery(vectors[0], sketcher)
        var (outside, deviation, error) = (0, 0.0, 0.0)
        for vector in vectors.dropFirst() {
            let estimate = sketcher.sketch(of: vector).withUnsafeBytes { query.estimate($0) }
            let difference = estimate.rank - rank(metric, vector, vectors[0])
            deviation += difference / max(estimate.error, 1e-12)
            error += estimate.error
            if abs(difference) > 3 * estimate.error { outside += 1 }
        }
        // Normally distributed errors would leave three bounds once in 370.
        #expect(outside <= 5, "\(outside) of 199 outside three standard deviations")
        #expect(abs(deviation / 199) < 0.3)
        #expect(error > 0)
    }

    @Test("Few dimensions are kept whole and ranked exactly", arguments: [1, 2, 3, 15], Metric.allCases)
    func fewDimensionsAreExact(dimension: Int, metric: Metric) {
        let sketcher = Sketcher(dimension: dimension, metric: metric, seed: 5)
        var samples = Samples(seed: 2)
        let (vector, query) = (samples.vector(dimension), samples.vector(dimension))
        let estimate = sketcher.sketch(of: vector).withUnsafeBytes {
            SketchQuery(query, sketcher).estimate($0)
        }
        #expect(estimate.error == 0)
        #expect(abs(estimate.rank - rank(metric, vector, query)) < 1e-5)
    }

    @Test("A sketch at 384 dimensions takes 48 bytes for each bit, and two factors")
    func size() {
        #expect(SketchFormat(dimension: 384, metric: .cosine).byteCount == 104)
        #expect(SketchFormat(dimension: 384, metric: .cosine, bits: 1).byteCount == 56)
        #expect(SketchFormat(dimension: 384, metric: .euclidean, bits: 1).byteCount == 60)
        #expect(SketchFormat(dimension: 3, metric: .cosine).byteCount == 12)
    }

    @Test("Sketches are those of the plain twin, byte by byte", arguments: Metric.allCases)
    func plainTwin(metric: Metric) {
        var generator = SeededGenerator(seed: 12)
        let drawn = (0..<12).map { _ in SketchShape(1 + Int(generator.next() % 4096)) }
        for shape in SketchShape.all + drawn {
            let dimension = shape.dimension
            let sketcher = Sketcher(
                dimension: dimension, metric: metric, seed: UInt64(dimension), bits: shape.bits)
            var samples = Samples(seed: UInt64(dimension))
            for vector in [
                samples.vector(dimension), samples.uneven(dimension), samples.vector(dimension, scale: 1e-30),
            ]
            where vector.contains(where: { $0 != 0 }) {
                #expect(
                    sketcher.sketch(of: vector)
                        == plainSketch(vector, sketcher.format, seed: UInt64(dimension)),
                    "shape \(shape), seed \(dimension)")
            }
        }
    }

    @Test(
        "Rounding the query adds little to the error of an estimate",
        arguments: SketchShape.all.filter { $0.dimension >= 16 })
    func roundedQuery(shape: SketchShape) {
        let dimension = shape.dimension
        let sketcher = Sketcher(dimension: dimension, metric: .dot, seed: 8, bits: shape.bits)
        var samples = Samples(seed: UInt64(dimension))
        var squares = 0.0
        for _ in 0..<100 {
            let (vector, query) = (samples.vector(dimension), samples.vector(dimension))
            let bits = sketcher.format.bitsPerDimension
            let point = PlainGridPoint(nearest: sketcher.rotation.rotate(normalised(vector)), bits: bits)
            let half = Double((1 << bits) - 1) / 2
            let product = zip(point.codes, sketcher.rotation.rotate(query)).reduce(0.0) {
                $0 + (Double($1.0) - half) * Double($1.1)
            }
            let length = score(.dot, vector, vector).squareRoot()
            let estimate = sketcher.sketch(of: vector).withUnsafeBytes {
                SketchQuery(query, sketcher).estimate($0)
            }
            let deviation = (estimate.rank - product / point.product * Double(length)) / estimate.error
            squares += deviation * deviation
        }
        #expect(squares / 100 < 0.04 * 0.04, "\((squares / 100).squareRoot()) standard deviations")
    }

    @Test("A vector of zeros and one of huge numbers have finite sketches", arguments: Metric.allCases)
    func extremes(metric: Metric) {
        let sketcher = Sketcher(dimension: 384, metric: metric, seed: 1)
        let query = SketchQuery([Float](repeating: 1, count: 384), sketcher)
        for component in [0, Float.greatestFiniteMagnitude, .leastNonzeroMagnitude] {
            let sketch = sketcher.sketch(of: [Float](repeating: component, count: 384))
            let estimate = sketch.withUnsafeBytes { query.estimate($0) }
            #expect(estimate.rank.isFinite && estimate.error.isFinite)
        }
    }

    private func rank(_ metric: Metric, _ vector: [Float], _ query: [Float]) -> Double {
        switch metric {
        case .cosine: Double(score(.cosine, vector, query))
        case .dot: Double(score(.dot, vector, query))
        case .euclidean: 2 * Double(score(.dot, vector, query)) - Double(score(.dot, vector, vector))
        }
    }
}

@Suite struct ShortlistTests {
    @Test(
        "Scoring the shortlist, and what may be missed, finds the true neighbours",
        arguments: SketchShape.all.filter { $0.dimension < 1000 }, Metric.allCases)
    func recall(shape: SketchShape, metric: Metric) {
        let dimension = shape.dimension
        let sketcher = Sketcher(dimension: dimension, metric: metric, seed: 5, bits: shape.bits)
        var samples = Samples(seed: UInt64(dimension))
        let vectors = samples.clustered(600, dimension)
        let sketches = vectors.map(sketcher.sketch(of:))
        var found = 0
        for query in samples.clustered(20, dimension) {
            let prepared = SketchQuery(query, sketcher)
            let estimates = sketches.map { $0.withUnsafeBytes { prepared.estimate($0) } }
            let read = scored(estimates) { prepared.rank(ofScore: score(metric, vectors[$0], query)) }
            found += read.intersection(exhaustive(vectors, query, metric, limit: 10)).count
        }
        // Tight clusters of pure noise are the hardest case: thirty vectors each within one error bound of another.
        #expect(found >= 194, "recall@10 \(Double(found) / 200)")
    }

    /// The two rounds of a search: which vectors are scored exactly.
    private func scored(_ estimates: [SketchQuery.Estimate], _ exactRank: (Int) -> Double) -> Set<Int> {
        let first = Set(Shortlist(estimates, limit: 10).indices)
        let last = first.map(exactRank).sorted(by: >)[9]
        let rest = estimates.indices.filter { !first.contains($0) }
        let second = Shortlist(completing: rest.map { estimates[$0] }, beyond: last, limit: 10).indices
        return first.union(second.map { rest[$0] })
    }

    @Test("Nothing more is scored when exact estimates leave no doubt")
    func completingExactEstimates() {
        let estimates = [4.0, 3, 2].map { SketchQuery.Estimate(rank: $0, error: 0) }
        #expect(Shortlist(completing: estimates, beyond: 4.5, limit: 1).indices == [])
        #expect(Shortlist(completing: estimates, beyond: 2.5, limit: 1).indices == [0, 1])
    }

    @Test("The best come first and ties at the threshold stay")
    func order() {
        let estimates = [(1.0, 0.0), (5, 0), (3, 0), (3, 0), (2.9, 0.1)].map {
            SketchQuery.Estimate(rank: $0.0, error: $0.1)
        }
        #expect(Shortlist(estimates, limit: 2).indices.first == 1)
        #expect(Set(Shortlist(estimates, limit: 2).indices) == [1, 2, 3, 4])
        #expect(Set(Shortlist(estimates, limit: 5).indices) == [0, 1, 2, 3, 4])
    }

    @Test("A share of the nearest is as many standard deviations as the normal distribution says")
    func deviationsOfARecall() {
        for (recall, deviations) in [(0.5, 0), (0.8, 0.8416), (0.9, 1.2816), (0.95, 1.6449), (0.99, 2.3263)] {
            #expect(abs(Shortlist.deviations(forRecall: recall) - deviations) < 0.001)
        }
        #expect(abs(Shortlist.deviations(forRecall: 0.997) - Shortlist.deviations) < 0.01)
        #expect(Shortlist.deviations(forRecall: 0.997) <= Shortlist.deviations)
        let rising = stride(from: 0.5, through: 0.997, by: 0.007).map(Shortlist.deviations(forRecall:))
        #expect(zip(rising, rising.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("Fewer standard deviations keep fewer, and none keep the best and what equals the last of them")
    func fewerDeviations() {
        let estimates = [(5.0, 1.0), (4, 1), (3, 1), (2, 1), (4, 0), (1, 1)].map {
            SketchQuery.Estimate(rank: $0.0, error: $0.1)
        }
        func kept(_ deviations: Double) -> Set<Int> {
            Set(Shortlist(estimates, limit: 2, deviations: deviations).indices)
        }
        #expect(kept(0) == [0, 1, 4])
        #expect(kept(1) == [0, 1, 2, 4])
        #expect(kept(2.5) == [0, 1, 2, 3, 4])
    }

    @Test("The heap keeps the largest", arguments: [1 as UInt64, 2, 3, 4])
    func heapAgainstSort(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let numbers = (0..<500).map { _ in Double(generator.next() % 100) }
        for place in [1, 2, 10, 499] {
            var heap = SmallestOnTop(capacity: place)
            for number in numbers { heap.offer(number) }
            #expect(heap.smallest == numbers.sorted(by: >)[place - 1])
        }
    }
}

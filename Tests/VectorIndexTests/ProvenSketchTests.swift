import Testing

@testable import VectorIndex

@Suite struct ProvenSketchTests {
    @Test("The true rank is inside the bounds, of whatever vectors", arguments: Metric.allCases)
    func boundsHold(metric: Metric) {
        var generator = SeededGenerator(seed: 21)
        let drawn = (0..<30).map { _ in 1 + Int(generator.next() % 4096) }
        for dimension in Array(1...80) + [127, 128, 129, 384, 1536, 4095, 4096] + drawn {
            let sketcher = Sketcher(dimension: dimension, metric: metric, seed: 1, precision: .proven)
            var samples = Samples(seed: UInt64(dimension))
            let vectors = samples.adversarial(dimension)
            let sketches = vectors.map(sketcher.sketch(of:))
            for query in vectors + samples.alongGrids(vectors) {
                let prepared = SketchQuery(query, sketcher)
                for (vector, sketch) in zip(vectors, sketches) {
                    let bounds = sketch.withUnsafeBytes { prepared.bounds(of: $0) }
                    let scored = prepared.rank(ofScore: score(metric, vector, query))
                    #expect(
                        bounds.lower <= scored && scored <= bounds.upper, "dimension and seed \(dimension)")
                    if let rank = realRank(metric, vector, query) {
                        #expect(
                            bounds.lower <= rank && rank <= bounds.upper, "dimension and seed \(dimension)")
                    }
                }
            }
        }
    }

    @Test(
        "Vectors chosen by bounds hold the exact neighbours", arguments: [3, 16, 100, 384], Metric.allCases)
    func exactNeighbours(dimension: Int, metric: Metric) {
        let sketcher = Sketcher(dimension: dimension, metric: metric, seed: 1, precision: .proven)
        var samples = Samples(seed: UInt64(dimension))
        let vectors = samples.clustered(500, dimension)
        let sketches = vectors.map(sketcher.sketch(of:))
        for query in samples.clustered(10, dimension) {
            let prepared = SketchQuery(query, sketcher)
            let bounds = sketches.map { $0.withUnsafeBytes { prepared.bounds(of: $0) } }
            let reached = bounds.map(\.lower).sorted(by: >)[9]
            let read = vectors.indices.filter { bounds[$0].upper >= reached }
            #expect(read.count < 450)
            let found = exhaustive(read.map { vectors[$0] }, query, metric, limit: 10).map { read[$0] }
            #expect(found == exhaustive(vectors, query, metric, limit: 10))
        }
    }

    @Test("Bounds of unrelated vectors are about a ninth of a cosine wide")
    func width() {
        let sketcher = Sketcher(dimension: 384, metric: .cosine, seed: 1, precision: .proven)
        var samples = Samples(seed: 9)
        let query = SketchQuery(samples.vector(384), sketcher)
        for _ in 0..<100 {
            let bounds = sketcher.sketch(of: samples.vector(384)).withUnsafeBytes { query.bounds(of: $0) }
            #expect((0.08...0.14).contains(bounds.upper - bounds.lower))
        }
    }

    @Test("A vector against itself is bounded more closely than against others")
    func collinear() {
        let sketcher = Sketcher(dimension: 384, metric: .cosine, seed: 1, precision: .proven)
        var samples = Samples(seed: 10)
        let vector = samples.vector(384)
        let bounds = sketcher.sketch(of: vector).withUnsafeBytes {
            SketchQuery(vector, sketcher).bounds(of: $0)
        }
        #expect(bounds.lower > 0.99 && bounds.upper < 1.002)
    }

    @Test func sizes() {
        #expect(SketchFormat(dimension: 384, metric: .cosine, precision: .proven).byteCount == 248)
        #expect(SketchFormat(dimension: 20, metric: .dot, precision: .proven).byteCount == 12 + 15)
        #expect(SketchFormat(dimension: 15, metric: .dot, precision: .proven).byteCount == 60)
    }

    /// The rank in float64, or nil where float64 is too coarse to tell.
    private func realRank(_ metric: Metric, _ vector: [Float], _ query: [Float]) -> Double? {
        let product = plainInnerProduct(vector, query)
        let square = plainInnerProduct(vector, vector)
        switch metric {
        case .cosine:
            let lengths = (square * plainInnerProduct(query, query)).squareRoot()
            return lengths > 0 ? product / lengths : nil
        case .dot: return product
        case .euclidean: return 2 * product - square
        }
    }
}

extension Samples {
    /// Vectors that are hard on rounding: of all sizes, uneven, even, of few components, and near each other.
    fileprivate mutating func adversarial(_ dimension: Int) -> [[Float]] {
        let plain = vector(dimension)
        let greatest = Float.greatestFiniteMagnitude
        var single = [Float](repeating: 0, count: dimension)
        single[dimension / 2] = 2
        var outlier = plain
        outlier[0] = 1e4
        var last = [Float](repeating: .leastNonzeroMagnitude, count: dimension)
        last[dimension - 1] = 1
        return [
            plain, plain.map { -$0 }, plain.map { $0 * 1.000_001 }, single, outlier, last,
            uneven(dimension), uneven(dimension), vector(dimension, scale: 1e-38),
            vector(dimension, scale: .leastNonzeroMagnitude * 2000), vector(dimension, scale: 1e18),
            vector(dimension, scale: 1e37),
            [Float](repeating: 0, count: dimension), [Float](repeating: 0.1, count: dimension),
            [Float](repeating: greatest, count: dimension),
            (0..<dimension).map { $0 % 2 == 0 ? greatest : -greatest },
            [Float](repeating: .leastNonzeroMagnitude, count: dimension),
            vector(dimension).map { $0 < 0 ? -1 : 1 }, vector(dimension).map { $0.rounded() },
        ]
    }

    /// Queries along the grid points of some vectors, along what these leave of the vectors, and in between: there
    /// the bounds are attained.
    fileprivate func alongGrids(_ vectors: [[Float]]) -> [[Float]] {
        vectors.prefix(5).flatMap { vector -> [[Float]] in
            let unit = normalised(vector)
            let point = PlainGridPoint(nearest: unit, bits: 5)
            let grid = point.codes.map { Float($0) - 15.5 }
            let scale = Float(point.product / point.square)
            let rest = zip(unit, grid).map { $0 - scale * $1 }
            return [grid, rest, rest.map { -1e-3 * $0 }, zip(grid, rest).map { 0.01 * $0 + $1 }]
        }
    }
}

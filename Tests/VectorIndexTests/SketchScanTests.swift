import CKernels
import Testing

@testable import VectorIndex

@Suite struct SketchChunkTests {
    @Test(
        "A chunk gives back the very bytes that were put",
        arguments: SketchShape.all, Metric.allCases)
    func bytesStay(shape: SketchShape, metric: Metric) {
        let format = SketchFormat(dimension: shape.dimension, metric: metric, bits: shape.bits)
        var generator = SeededGenerator(seed: UInt64(shape.dimension))
        var chunk = SketchChunk(format: format)
        var expected: [[UInt8]] = []
        for _ in 0..<200 {
            let sketch = (0..<format.byteCount).map { _ in UInt8(generator.next() >> 56) }
            switch generator.next() % 8 {
            case 0 where !expected.isEmpty:
                let row = Int(generator.next() % UInt64(expected.count))
                expected[row] = sketch
                sketch.withUnsafeBytes { chunk.replace(row, with: $0) }
            case 1 where !expected.isEmpty:
                expected.removeLast()
                chunk.removeLast()
            case 2:
                chunk.setCapacity(expected.count + Int(generator.next() % 100))
            default:
                expected.append(sketch)
                sketch.withUnsafeBytes { chunk.append($0) }
            }
            #expect(chunk.count == expected.count)
        }
        #expect((0..<chunk.count).map(chunk.sketch(at:)) == expected)
    }

    @Test("A copy keeps its rows when the other changes")
    func copies() {
        let format = SketchFormat(dimension: 384, metric: .cosine)
        var chunk = SketchChunk(format: format)
        let (ones, twos) = (sketch(of: 1, format), sketch(of: 2, format))
        ones.withUnsafeBytes { chunk.append($0) }
        let copy = chunk
        twos.withUnsafeBytes { chunk.replace(0, with: $0) }
        twos.withUnsafeBytes { chunk.append($0) }
        #expect(copy.sketch(at: 0) == ones && copy.count == 1)
        #expect(chunk.sketch(at: 0) == twos && chunk.count == 2)
    }

    private func sketch(of byte: UInt8, _ format: SketchFormat) -> [UInt8] {
        [UInt8](repeating: byte, count: format.byteCount)
    }

    @Test("Few rows take little memory, and many little more than their bytes")
    func memory() {
        let format = SketchFormat(dimension: 384, metric: .cosine)
        var chunk = SketchChunk(format: format)
        let sketch = sketch(of: 7, format)
        sketch.withUnsafeBytes { chunk.append($0) }
        #expect(chunk.byteCount <= 33 * format.byteCount)
        for _ in 1..<SketchChunk.capacity { sketch.withUnsafeBytes { chunk.append($0) } }
        #expect(chunk.byteCount <= SketchChunk.capacity * format.byteCount * 21 / 20)
        chunk.setCapacity(chunk.count)
        #expect(chunk.byteCount == SketchChunk.capacity * format.byteCount)
    }
}

@Suite struct SketchScanTests {
    @Test(
        "A scan keeps what the row by row way keeps",
        arguments: SketchShape.all, Metric.allCases)
    func againstRowByRow(shape: SketchShape, metric: Metric) {
        let data = ScanData(shape, metric: metric, rows: 700, seed: UInt64(shape.dimension))
        for limit in [1, 10, 600, 2000] {
            var scan = SketchScan(data.query, limit: limit)
            data.scan(&scan)
            #expect(scan.rowCount == 700)
            data.check(scan, limit: limit)
        }
    }

    @Test(
        "Vectors and queries of all sizes lose no row to float32",
        arguments: SketchShape.all.filter { $0.dimension < 1000 }, Metric.allCases)
    func allSizes(shape: SketchShape, metric: Metric) {
        let dimension = shape.dimension
        let scales: [Float] = [0, .leastNonzeroMagnitude * 9, 1e-30, 1e-10, 1, 1e12, 1e25, 1e37]
        for (seed, scale) in scales.enumerated() {
            var samples = Samples(seed: UInt64(seed))
            let vectors = (0..<300).map { _ in samples.uneven(dimension) }
            let data = ScanData(
                vectors, query: samples.vector(dimension, scale: scale), metric: metric, bits: shape.bits,
                seed: UInt64(seed))
            for limit in [1, 10, 250] {
                var scan = SketchScan(data.query, limit: limit)
                data.scan(&scan)
                data.check(scan, limit: limit)
            }
        }
    }

    @Test(
        "A row that just reaches the threshold passes the filter",
        arguments: SketchShape.all.filter { $0.dimension >= 16 }, Metric.allCases)
    func justReached(shape: SketchShape, metric: Metric) {
        let dimension = shape.dimension
        for scale in [1e-20, 1, 1e15] as [Float] {
            var samples = Samples(seed: UInt64(dimension))
            let vectors = samples.clustered(300, dimension).map { $0.map { $0 * scale } }
            let data = ScanData(
                vectors, query: samples.vector(dimension), metric: metric, bits: shape.bits, seed: 3)
            for (estimate, place) in zip(data.estimates, data.places) {
                let rank = estimate.rank + SketchScan.deviations * estimate.error
                #expect(passes(place.row, data.chunks[place.chunk], data.query, threshold: rank))
            }
        }
    }

    private func passes(_ row: Int, _ chunk: SketchChunk, _ query: SketchQuery, threshold: Double) -> Bool {
        var seen = [whiplash_seen_row](repeating: whiplash_seen_row(row: 0, sum: 0), count: 32)
        var count = 0
        let (low, high, filter) = (query.tables.low, query.tables.high, SketchFilter(query))
        low.withUnsafeBufferPointer { low in
            high.withUnsafeBufferPointer { high in
                var terms = filter.query(low, high, query.format)
                terms.threshold = filter.threshold(threshold)
                chunk.withBlocks { bytes in
                    var blocks = whiplash_blocks(
                        bytes: bytes.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped,
                        row_count: chunk.count, included: nil)
                    count = kernels.scan_sketches(&terms, &blocks, [UInt32(row / 32)], 1, &seen)
                }
            }
        }
        return seen[..<count].contains { Int($0.row) == row }
    }

    @Test(
        "Damaged bytes do no harm to the other rows",
        arguments: SketchShape.all.filter { $0.dimension < 1000 }, Metric.allCases)
    func damaged(shape: SketchShape, metric: Metric) {
        var data = ScanData(shape, metric: metric, rows: 300, seed: 6)
        var samples = Samples(seed: UInt64(shape.dimension))
        data.damage(every: 3) { samples.bytes($0) }
        for limit in [1, 10, 290] {
            var scan = SketchScan(data.query, limit: limit)
            data.scan(&scan)
            data.check(scan, limit: limit, onlyOf: { $0 % 3 != 0 })
        }
    }

    @Test("Only rows that the bitmap includes are seen", arguments: [1 as UInt64, 2, 3])
    func filtered(seed: UInt64) {
        let data = ScanData(SketchShape(384), metric: .euclidean, rows: 700, seed: seed)
        var generator = SeededGenerator(seed: seed)
        let words = data.chunks.map { chunk in
            (0..<(chunk.count + 63) / 64).map { _ in generator.next() & generator.next() }
        }
        var scan = SketchScan(data.query, limit: 10)
        for (index, chunk) in data.chunks.enumerated() {
            scan.scan(chunk, chunk: index, included: words[index])
        }
        let included = data.places.indices.filter { index in
            let place = data.places[index]
            return words[place.chunk][place.row / 64] >> (place.row % 64) & 1 == 1
        }
        #expect(scan.rowCount == included.count)
        data.check(scan, limit: 10, among: included)
    }

    @Test("The shortlist of the hits is the shortlist of all rows", arguments: [1, 10, 50])
    func shortlist(limit: Int) {
        let data = ScanData(SketchShape(384), metric: .cosine, rows: 2000, seed: 8)
        var scan = SketchScan(data.query, limit: limit)
        data.scan(&scan)
        let hits = scan.hits()
        let found = Shortlist(hits.map(\.estimate), limit: limit).indices.map { data.rows([hits[$0]])[0] }
        #expect(found == Shortlist(data.estimates, limit: limit).indices)
    }
}

@Suite struct TopBitTests {
    @Test(
        "The highest bit's estimate is unbiased, and off by as much as it says",
        arguments: [SketchShape(100), SketchShape(200), SketchShape(384)], Metric.allCases)
    func unbiased(shape: SketchShape, metric: Metric) {
        let data = ScanData(shape, metric: metric, rows: 2000, seed: 11)
        let apart = zip(data.estimates, data.tops).map { estimate, top in
            // Without what it is raised by: how far the two estimates lie apart, in deviations of the highest bit's.
            return (top - estimate.rank) / data.topDeviation(estimate) - SketchFilter.topDeviations
        }
        let mean = apart.reduce(0, +) / 2000
        let variance = apart.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 2000
        #expect(abs(mean) < 0.15, "\(mean) deviations")
        #expect((0.8...1.2).contains(variance.squareRoot()), "\(variance.squareRoot())")
    }

    @Test("Hardly any of the best is lost to the highest bit", arguments: [100, 200], Metric.allCases)
    func losses(dimension: Int, metric: Metric) {
        var (lost, passedOver, scanned) = (0, 0, 0)
        for seed in 1...10 {
            let data = ScanData(SketchShape(dimension), metric: metric, rows: 2000, seed: UInt64(seed))
            var scan = SketchScan(data.query, limit: 20)
            data.scan(&scan)
            let found = Set(data.rows(scan.hits()))
            lost += Set(data.best(20)).subtracting(found).count
            let last = data.estimates[data.best(20)[19]].rank
            passedOver += data.tops.count { $0 < last }
            scanned += 2000
        }
        #expect(lost <= 1, "\(lost) of 200")
        // And it does spare a look at rows, though the clusters drawn here lie nearer to each other than texts do.
        #expect(dimension < 200 || passedOver > scanned / 20, "\(passedOver) of \(scanned)")
    }

    @Test("Hardly more blocks are looked at than reach the last of the best", arguments: [1 as UInt64, 2, 3])
    func fewBlocks(seed: UInt64) {
        var samples = Samples(seed: seed)
        // Spread widely, so that blocks differ in what they may reach.
        let vectors = (0..<6000).map { _ in samples.vector(384) }
        let near = vectors[4321]
        let query = zip(near, samples.vector(384)).map { $0 + $1 }
        let data = ScanData(vectors, query: query, metric: .cosine, bits: nil, seed: seed)
        var scan = SketchScan(data.query, limit: 1)
        data.scan(&scan)
        #expect(data.rows(scan.hits()).first == 4321)
        let last = data.estimates[4321].rank
        let reaching = data.blocks { data.tops[$0] >= last }
        #expect(scan.wholeBlockCount <= reaching + SketchScan.highestBlocks, "\(reaching) reach it")
        #expect(scan.wholeBlockCount < data.blocks { _ in true } / 4)
    }
}

/// Vectors, their sketches in chunks of uneven size, and a query.
private struct ScanData {
    let query: SketchQuery
    /// What the highest bits alone say the rows may reach; infinite where there is one bit.
    private(set) var tops: [Double]
    /// Row by row, as the oracle has them.
    private(set) var estimates: [SketchQuery.Estimate]
    private(set) var chunks: [SketchChunk] = []
    private(set) var places: [(chunk: Int, row: Int)] = []

    init(_ shape: SketchShape, metric: Metric, rows: Int, seed: UInt64) {
        var samples = Samples(seed: seed)
        let vectors = samples.clustered(rows, shape.dimension)
        let query = samples.clustered(1, shape.dimension)[0]
        self.init(vectors, query: query, metric: metric, bits: shape.bits, seed: seed)
    }

    init(_ vectors: [[Float]], query: [Float], metric: Metric, bits: Int?, seed: UInt64) {
        let sketcher = Sketcher(dimension: query.count, metric: metric, seed: seed, bits: bits)
        let sketches = vectors.map(sketcher.sketch(of:))
        let query = SketchQuery(query, sketcher)
        self.query = query
        estimates = sketches.map { $0.withUnsafeBytes { query.estimate($0) } }
        tops = sketches.map { Self.top($0, query) }
        for sketch in sketches {
            if chunks.last.map({ $0.count >= 150 + 37 * chunks.count }) ?? true {
                chunks.append(SketchChunk(format: sketcher.format))
            }
            sketch.withUnsafeBytes { chunks[chunks.count - 1].append($0) }
            places.append((chunks.count - 1, chunks[chunks.count - 1].count - 1))
        }
    }

    /// Puts other bytes into some of the rows.
    mutating func damage(every step: Int, _ bytes: (Int) -> [UInt8]) {
        for index in stride(from: 0, to: places.count, by: step) {
            let (chunk, row) = places[index]
            bytes(chunks[chunk].format.byteCount).withUnsafeBytes { sketch in
                chunks[chunk].replace(row, with: sketch)
                estimates[index] = query.estimate(sketch)
                tops[index] = Self.top(Array(sketch), query)
            }
        }
    }

    private static func top(_ sketch: [UInt8], _ query: SketchQuery) -> Double {
        let (format, filter) = (query.format, SketchFilter(query))
        if format.isExact { return .infinity }
        let plane = format.paddedDimension / 8
        return sketch.withUnsafeBytes { bytes in
            let factors = SketchQuery.Factors(
                scale: bytes.float(at: 0), error: bytes.float(at: 4),
                norm: format.hasNorm ? bytes.float(at: 8) : 0)
            let codes = UnsafeRawBufferPointer(rebasing: bytes.suffix(plane))
            guard let terms = filter.topTerms else { return .infinity }
            let sum = Double(query.tables.sum(codes, byteCount: plane))
            let product = (sum * Double(terms.slope) + Double(terms.offset)) * Double(factors.scale)
            let norm = Double(factors.norm)
            return product + Double(factors.error) * Double(terms.reach) - norm * norm
        }
    }

    /// One standard deviation of the highest bit's estimate of a row.
    func topDeviation(_ estimate: SketchQuery.Estimate) -> Double {
        estimate.error * (TopBit(ofBits: query.format.bitsPerDimension)?.errorRatio ?? 1)
    }

    /// How many blocks have such a row.
    func blocks(_ includes: (Int) -> Bool) -> Int {
        let rows = places.indices.filter(includes).map { places[$0] }
        return Set(rows.map { [$0.chunk, $0.row / SketchChunk.blockRows] }).count
    }

    /// The rows of the best estimates.
    func best(_ limit: Int) -> [Int] {
        Array(estimates.indices.sorted { estimates[$0].rank > estimates[$1].rank }.prefix(limit))
    }

    /// Holds a scan to the row by row way: it keeps all that reach the best of those it keeps, but for rows of which their highest bits say
    /// that they do not.
    func check(
        _ scan: SketchScan, limit: Int, among rows: [Int]? = nil,
        onlyOf isWhole: (Int) -> Bool = { _ in true }
    ) {
        var scan = scan
        let found = self.rows(scan.hits())
        let ranks = found.map { estimates[$0].rank }
        let threshold = ranks.count < limit ? -.infinity : ranks[limit - 1]
        let expected = expected(
            limit: limit,
            among: (rows ?? Array(tops.indices)).filter { row in
                found.contains(row) || !(tops[row] * (1 - 1e-6) - 1e-30 < threshold)
            })
        #expect(found.filter(isWhole) == expected.filter(isWhole), "limit \(limit)")
    }

    func scan(_ scan: inout SketchScan) {
        for (index, chunk) in chunks.enumerated() { scan.scan(chunk, chunk: index) }
    }

    /// The numbers of the rows that are to be kept, best first.
    func expected(limit: Int, among rows: [Int]? = nil) -> [Int] {
        let rows = (rows ?? Array(estimates.indices)).sorted { estimates[$0].rank > estimates[$1].rank }
        guard rows.count >= limit else { return rows }
        let threshold = estimates[rows[limit - 1]].rank
        return rows.filter { estimates[$0].rank + SketchScan.deviations * estimates[$0].error >= threshold }
    }

    /// The rows of hits, the best first.
    func rows(_ hits: [SketchScan.Hit]) -> [Int] {
        let inOrder = hits.sorted { left, right in
            (right.estimate.rank, left.chunk, left.row) < (left.estimate.rank, right.chunk, right.row)
        }
        return inOrder.map { hit in places.firstIndex { $0 == (hit.chunk, hit.row) } ?? -1 }
    }
}

import Testing

@testable import VectorIndex

@Suite struct LearnedCellsTests {
    private static func cells(
        _ vectors: [[Float]], _ metric: Metric = .cosine, seed: UInt64 = 1
    ) -> LearnedCells {
        LearnedCells(
            sample: vectors.flatMap(\.self), dimension: vectors[0].count, metric: metric, seed: seed)
    }

    @Test("Far fewer rows are read for the same neighbours than under random planes", arguments: [1, 2])
    func recall(seed: UInt64) {
        var samples = Samples(seed: seed)
        let vectors = samples.clustered(6_000, 24)
        let (queries, base) = (Array(vectors.prefix(60)), Array(vectors.dropFirst(60)))
        let cells = Self.cells(Array(base.prefix(4_000)))
        let planes = Hyperplanes(dimension: 24, seed: seed)
        let cellKeys = base.map { cells.hashKey(of: $0) }
        let planeKeys = base.map { planes.hashKey(of: $0) }
        var (foundByCells, foundByPlanes, readOfCells, readOfPlanes) = (0, 0, 0, 0)
        for query in queries {
            let nearest = exhaustive(base, query, .cosine, limit: 10)
            let ranges = cells.ranges(for: query, share: 0.1, maxRanges: 1_000)
            readOfCells += cellKeys.count { $0.isIn(ranges) }
            foundByCells += nearest.count { cellKeys[$0].isIn(ranges) }
            let probes = ProbeSequence(
                projections: planes.projections(of: normalised(query)), depth: 9, coverage: 0.999_999,
                maxShare: 0.1, maxRanges: 1_000)
            readOfPlanes += planeKeys.count { $0.isIn(probes.ranges) }
            foundByPlanes += nearest.count { planeKeys[$0].isIn(probes.ranges) }
        }
        #expect(Double(readOfCells) < 0.13 * Double(base.count * queries.count), "seed \(seed)")
        #expect(Double(foundByCells) > 0.95 * 600, "seed \(seed)")
        #expect(readOfPlanes > 0 && foundByPlanes < foundByCells, "seed \(seed)")
    }

    @Test("The share that is kept finds what it promises", arguments: Metric.allCases)
    func keptShare(metric: Metric) {
        var samples = Samples(seed: 3)
        let vectors = samples.clustered(5_000, 16)
        let base = Array(vectors.dropFirst(100))
        let cells = Self.cells(Array(base.prefix(3_000)), metric)
        let keys = base.map { cells.hashKey(of: $0) }
        var found = 0
        for query in vectors.prefix(100) {
            let ranges = cells.ranges(for: query, maxRanges: 1_000)
            found += exhaustive(base, query, metric, limit: 10).count { keys[$0].isIn(ranges) }
        }
        // A thousand draws at 0.98, of which ten hang together: four standard deviations.
        #expect(found > 940, "\(metric): \(found)")
        #expect(cells.share > 0 && cells.share <= 1)
    }

    @Test("The same sample and seed give the same cells, and a vector is in the cell of its nearest centre")
    func repeatable() {
        var samples = Samples(seed: 4)
        let vectors = samples.clustered(700, 5)
        for metric in Metric.allCases {
            let cells = Self.cells(vectors, metric)
            #expect(cells == Self.cells(vectors, metric))
            for vector in vectors.prefix(50) {
                let placed = metric == .cosine ? normalised(vector) : vector
                let distances = (0..<cells.cellCount).map { cell in
                    let centre = cells.centres[cell * 5..<(cell + 1) * 5]
                    return zip(centre, placed).reduce(0.0) {
                        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
                    }
                }
                let cell = cells.cell(of: vector)
                #expect(distances[cell] <= distances.min()! * 1.01 + 1e-3)
                #expect(cells.hashKey(of: vector).bits >> (HashKey.bitCount - cells.depth) == cell)
            }
        }
    }

    @Test("Under cosine a vector's length does not move it")
    func direction() {
        var samples = Samples(seed: 5)
        let vectors = samples.clustered(400, 7)
        let cells = Self.cells(vectors)
        for vector in vectors {
            #expect(cells.hashKey(of: vector) == cells.hashKey(of: vector.map { $0 * 4 }))
        }
    }

    @Test("Ranges are in order, apart, few enough, and hold the share asked for", arguments: [1, 4, 64])
    func ranges(maxRanges: Int) {
        var samples = Samples(seed: 6)
        let cells = Self.cells(samples.clustered(2_000, 12))
        for share in [0, 0.1, 0.5, 1] {
            let ranges = cells.ranges(for: samples.vector(12), share: share, maxRanges: maxRanges)
            #expect((1...maxRanges).contains(ranges.count))
            for (left, right) in zip(ranges, ranges.dropFirst()) {
                #expect(left.prefixes.upperBound < right.prefixes.lowerBound)
            }
            #expect(cells.share(of: ranges) >= share - 1e-9)
            let bounded = cells.ranges(for: samples.vector(12), share: 1, maxShare: share, maxRanges: 1_000)
            #expect(cells.share(of: bounded) < share + 0.1)
        }
    }

    @Test("Samples without any structure are no trouble", arguments: Metric.allCases)
    func degenerate(metric: Metric) {
        let same = [[Float]](repeating: [1, 2, 3], count: 300)
        let cells = Self.cells(same, metric)
        #expect(
            cells.ranges(for: [1, 2, 3], maxRanges: 16).contains { cells.hashKey(of: same[0]).isIn([$0]) })
        let line = Self.cells((0..<300).map { [Float($0 - 150) * 1e30] }, metric)
        #expect(line.ranges(for: [1e30], maxRanges: 16).isEmpty == false)
        let zeros = Self.cells([[Float]](repeating: [0, 0], count: 256), metric == .cosine ? .dot : metric)
        #expect(zeros.cell(of: [0, 0]) == 0)
    }

    @Test("What is stored is read again as it was; damaged bytes are refused", arguments: Metric.allCases)
    func storedForm(metric: Metric) {
        var samples = Samples(seed: 7)
        let cells = Self.cells(samples.clustered(600, 9), metric)
        let bytes = cells.bytes
        #expect(bytes.count == 23 + cells.cellCount * (4 + 2 * 9))
        #expect(LearnedCells(bytes: bytes) == cells)
        for index in stride(from: 0, to: bytes.count, by: 17) {
            var damaged = bytes
            damaged[index] ^= 4
            #expect(LearnedCells(bytes: damaged) == nil)
        }
        for count in [0, 8, 20, bytes.count - 1] {
            #expect(LearnedCells(bytes: Array(bytes.prefix(count))) == nil)
        }
    }

    @Test("Rounded to bfloat16 a number is near, finite, and stays as it is the second time")
    func bfloat16() {
        var samples = Samples(seed: 8)
        for number in samples.uneven(500) + [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, 1] {
            let rounded = number.roundedToBFloat16
            #expect(rounded.isFinite && abs(rounded - number) <= abs(number) / 128 + 1e-38)
            #expect(rounded.roundedToBFloat16 == rounded)
        }
    }
}

extension HashKey {
    fileprivate func isIn(_ ranges: [BucketRange]) -> Bool {
        ranges.contains { $0.prefixes.contains(bits >> (HashKey.bitCount - $0.depth)) }
    }
}

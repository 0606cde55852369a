import Testing

@testable import VectorIndex

@Suite struct ProbeSequenceTests {
    @Test(
        "Runs are in order, apart, few enough, and cover what was asked", arguments: [1, 4, 8, 12],
        [1, 3, 16])
    func runs(depth: Int, maxRanges: Int) {
        var samples = Samples(seed: UInt64(depth))
        for _ in 0..<10 {
            let projections = samples.vector(30).map(Double.init)
            let probes = ProbeSequence(
                projections: projections, depth: depth, coverage: 0.9, maxRanges: maxRanges)
            #expect(probes.ranges.count <= maxRanges && !probes.ranges.isEmpty)
            #expect(probes.coverage >= 0.9 && probes.coverage <= 1.000_001)
            for (left, right) in zip(probes.ranges, probes.ranges.dropFirst()) {
                #expect(left.prefixes.upperBound < right.prefixes.lowerBound)
            }
        }
    }

    @Test("Depth 0 is everything")
    func whole() {
        let probes = ProbeSequence(projections: [], depth: 0, coverage: 0.99, maxRanges: 16)
        #expect(probes.ranges == [BucketRange(depth: 0, prefixes: 0..<1)])
        #expect(probes.share == 1)
    }

    @Test("Neighbours at the expected angle are found as often as the model says")
    func modelAgainstNeighbours() {
        var samples = Samples(seed: 4)
        var (found, promised) = (0, 0.0)
        for seed in 0..<200 as Range<UInt64> {
            let planes = Hyperplanes(dimension: 128, seed: seed)
            let query = normalised(samples.vector(128))
            let probes = ProbeSequence(
                projections: planes.projections(of: query), depth: 8, coverage: 0.8, maxRanges: 256)
            promised += probes.coverage
            let key = planes.hashKey(of: neighbour(of: query, &samples)).text
            if probes.ranges.contains(where: { $0.lowerText <= key && key < $0.upperText }) { found += 1 }
        }
        // Two hundred draws at 0.8: three standard deviations are 0.085.
        #expect(abs(Double(found) / 200 - promised / 200) < 0.085)
    }

    /// A vector at `ProbeSequence.expectedCosine` to a query of length one, in a random direction of the rest.
    private func neighbour(of query: [Float], _ samples: inout Samples) -> [Float] {
        let random = samples.vector(query.count)
        let along = score(.dot, random, query)
        let aside = normalised(zip(random, query).map { $0 - along * $1 })
        let cosine = Float(ProbeSequence.expectedCosine)
        return zip(query, aside).map { cosine * $0 + (1 - cosine * cosine).squareRoot() * $1 }
    }

    @Test func normalDistributionAtKnownPoints() {
        for (value, share) in [
            (0, 0.5), (1, 0.841_344_7), (-1, 0.158_655_3), (2.5, 0.993_790_3), (-9, 0), (9, 1),
        ] {
            #expect(abs(normalDistribution(value) - share) < 1e-6)
        }
    }
}

@Suite struct LayersTests {
    @Test func depthsFollowTheAncestorsFormula() {
        let layers = Layers(bitStart: 8, bitScaleFactor: 2, count: 6)
        #expect((0..<6).map(layers.depth(of:)) == [8, 10, 12, 14, 16, 18])
        #expect(Layers(bitStart: 5, bitScaleFactor: 1.5, count: 3).depth(of: 1) == 6)
        #expect(layers.depth(of: 100) == 30)
    }

    @Test("The shallowest layer with buckets near the size is taken")
    func depthForItems() {
        let layers = Layers(bitStart: 8, bitScaleFactor: 2, count: 2)
        #expect(layers.depth(forItems: 10_000, maxItemsPerBucket: 10_000) == 0)
        #expect(layers.depth(forItems: 10_001, maxItemsPerBucket: 10_000) == 8)
        #expect(layers.depth(forItems: 2_560_000, maxItemsPerBucket: 10_000) == 8)
        #expect(layers.depth(forItems: 2_560_001, maxItemsPerBucket: 10_000) == 10)
        // The last layer is outgrown: one more is added.
        #expect(layers.depth(forItems: 20_000_000, maxItemsPerBucket: 10_000) == 12)
    }

    @Test("Layers that never deepen end all the same")
    func noGrowth() {
        #expect(
            Layers(bitStart: 3, bitScaleFactor: 0, count: 6).depth(forItems: 1 << 40, maxItemsPerBucket: 1)
                == 3)
    }
}

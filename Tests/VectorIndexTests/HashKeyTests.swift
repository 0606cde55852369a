import Testing
import VectorIndex

@Suite struct HashKeyTests {
    @Test("The order of the texts is the order of the bits", arguments: [1 as UInt64, 2, 3])
    func textKeepsOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let edges: [UInt32] = [0, 1, 35, 36, 1 << 29, (1 << 30) - 1]
        let keys = (edges + (0..<500).map { _ in UInt32(generator.next() >> 34) }).map(HashKey.init(bits:))
        #expect(keys.allSatisfy { $0.text.utf8.count == HashKey.textLength })
        #expect(keys.sorted().map(\.text) == keys.map(\.text).sorted())
    }

    @Test func knownTexts() {
        #expect(HashKey(bits: 0).text == "000000")
        #expect(HashKey(bits: 36).text == "000010")
        // 2³⁰ − 1 in base 36.
        #expect(HashKey(bits: (1 << 30) - 1).text == "hra0hr")
    }

    @Test("A range of buckets holds just the keys that begin with their bits", arguments: [1, 5, 12, 30])
    func rangesHoldTheirKeys(depth: Int) {
        var generator = SeededGenerator(seed: UInt64(depth))
        for _ in 0..<300 {
            let key = HashKey(bits: UInt32(generator.next() >> 34))
            let prefix = key.bits >> UInt32(HashKey.bitCount - depth)
            let range = BucketRange(depth: depth, prefixes: prefix..<(prefix + 1))
            #expect(range.lowerText <= key.text && key.text < range.upperText)
            let other = HashKey(bits: UInt32(generator.next() >> 34))
            let isInside = other.bits >> UInt32(HashKey.bitCount - depth) == prefix
            #expect((range.lowerText <= other.text && other.text < range.upperText) == isInside)
        }
    }
}

@Suite struct HyperplanesTests {
    @Test("Keys depend on direction only", arguments: [1, 2, 127, 768])
    func keysIgnoreLength(dimension: Int) {
        let planes = Hyperplanes(dimension: dimension, seed: 7)
        var samples = Samples(seed: UInt64(dimension))
        for _ in 0..<20 {
            let vector = samples.vector(dimension)
            #expect(planes.hashKey(of: vector) == planes.hashKey(of: vector.map { $0 * 1024 }))
        }
    }

    @Test("Stored keys stay readable: seed 42 draws the recorded planes")
    func recordedPlanes() {
        let planes = Hyperplanes(dimension: 3, seed: 42)
        #expect(planes.hashKey(of: [1, 2, 3]).text == "0rztbn")
        #expect(planes.hashKey(of: [-1, 0.5, 0]).text == "hl67oh")
        #expect(planes.projections(of: [1, 0, 0])[0] == -2.177050828933716)
    }

    @Test("Bits differ in proportion to the angle")
    func bitsFollowTheAngle() {
        var samples = Samples(seed: 11)
        var (differing, angle) = (0.0, 0.0)
        for seed in 0..<100 as Range<UInt64> {
            let planes = Hyperplanes(dimension: 32, seed: seed)
            let (left, right) = (samples.vector(32), samples.vector(32))
            let near = zip(left, right).map { $0 + 0.5 * $1 }
            differing += Double(
                (planes.hashKey(of: left).bits ^ planes.hashKey(of: near).bits).nonzeroBitCount)
            angle += angleBetween(left, near)
        }
        #expect(abs(differing / 100 / 30 - angle / 100) < 0.03)
    }

    /// As a share of π, by the series-free way: the arc cosine through a fine table of cosines' order.
    private func angleBetween(_ left: [Float], _ right: [Float]) -> Double {
        let cosine = Double(score(.cosine, left, right))
        // Bisection on the half-angle recurrence cos 2x = 2 cos² x − 1.
        var (low, high) = (0.0, 1.0)
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if cosineOf(middle * .pi) > cosine { low = middle } else { high = middle }
        }
        return low
    }

    private func cosineOf(_ angle: Double) -> Double {
        let small = angle / 1024
        var value = 1 - small * small / 2 + small * small * small * small / 24
        for _ in 0..<10 { value = 2 * value * value - 1 }
        return value
    }
}

import Testing
import VectorIndex

@Suite struct MetricTests {
    @Test func scoresOfKnownVectors() {
        #expect(score(.cosine, [3, 0], [5, 0]) == 1)
        #expect(score(.cosine, [3, 0], [0, 2]) == 0)
        #expect(score(.cosine, [1, 2], [-1, -2]) == -1)
        #expect(score(.euclidean, [0, 3], [4, 0]) == -5)
        #expect(score(.dot, [1, 2, 3], [4, 5, 6]) == 32)
    }

    @Test func distanceIsSmallerForWhatIsNearer() {
        #expect(Metric.cosine.distance(ofScore: 0.75) == 0.25)
        #expect(Metric.euclidean.distance(ofScore: -5) == 5)
        #expect(Metric.dot.distance(ofScore: 32) == -32)
    }

    @Test("The largest components that float32 holds give finite scores", arguments: Metric.allCases)
    func largeComponentsStayFinite(metric: Metric) {
        let (large, small) = (
            [Float](repeating: .greatestFiniteMagnitude, count: 9), [Float](repeating: -3e38, count: 9)
        )
        #expect(score(metric, large, small).isFinite)
        #expect(score(metric, large, large).isFinite)
        #expect(score(.cosine, large, large) == 1)
    }

    @Test("The smallest components keep their direction")
    func tinyComponents() {
        let tiny = [Float](repeating: .leastNonzeroMagnitude, count: 5)
        #expect(score(.cosine, tiny, [1, 1, 1, 1, 1]) == 1)
    }

    @Test("Lanes and tail give what a plain sum gives", arguments: [1, 7, 8, 9, 31, 384, 1001])
    func innerProductAgainstPlainSum(count: Int) {
        var samples = Samples(seed: UInt64(count))
        let (left, right) = (samples.vector(count), samples.vector(count))
        let plain = zip(left, right).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let apart = zip(left, right).reduce(0.0) {
            $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
        }
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                #expect(abs(innerProduct(left, right) - plain) < 1e-9 * Double(count))
                #expect(abs(squaredDistance(left, right) - apart) < 1e-9 * Double(count))
            }
        }
    }
}

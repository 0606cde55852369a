import Testing

@testable import VectorIndex

@Suite struct RotationTests {
    @Test("Lengths and inner products stay", arguments: [16, 64, 65, 300, 384, 1536, 4096])
    func keepsInnerProducts(dimension: Int) {
        let rotation = Rotation(dimension: dimension, seed: 3)
        var samples = Samples(seed: UInt64(dimension))
        for _ in 0..<3 {
            let (left, right) = (samples.vector(dimension), samples.vector(dimension))
            let (turnedLeft, turnedRight) = (rotation.rotate(left), rotation.rotate(right))
            #expect(turnedLeft.count == (dimension + 63) / 64 * 64)
            #expect(
                abs(score(.dot, turnedLeft, turnedRight) - score(.dot, left, right)) < 1e-3
                    * Float(dimension).squareRoot())
        }
    }

    @Test("One component spreads over all", arguments: [64, 384, 1536])
    func spreads(dimension: Int) {
        var unit = [Float](repeating: 0, count: dimension)
        unit[dimension - 1] = 1
        let turned = Rotation(dimension: dimension, seed: 9).rotate(unit)
        let largest = turned.map(abs).max() ?? 1
        #expect(largest < 6 / Float(dimension).squareRoot())
    }
}

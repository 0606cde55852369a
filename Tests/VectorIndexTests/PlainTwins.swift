import VectorIndex

// The plain forms of what the kernels do fast: the oracles that each set of kernels is held to, bit by bit.

/// Terms of two vectors in eight lanes of float64, and the lanes added in order.
func plainSum(_ left: [Float], _ right: [Float], _ term: (Double, Double) -> Double) -> Double {
    var lanes = SIMD8<Double>()
    for index in left.indices { lanes[index % 8] += term(Double(left[index]), Double(right[index])) }
    return (1..<8).reduce(lanes[0]) { $0 + lanes[$1] }
}

func plainInnerProduct(_ left: [Float], _ right: [Float]) -> Double { plainSum(left, right) { $0 * $1 } }

func plainSquaredDistance(_ left: [Float], _ right: [Float]) -> Double {
    plainSum(left, right) { ($0 - $1) * ($0 - $1) }
}

func plainNormalised(_ vector: [Float]) -> [Float] {
    let norm = plainInnerProduct(vector, vector).squareRoot()
    return norm > 0 ? vector.map { Float(Double($0) / norm) } : vector
}

/// Four rounds of signs and Walsh–Hadamard transforms, at the start and at the end in turn.
struct PlainRotation {
    let dimension: Int
    let paddedDimension: Int
    /// Shape `[4, paddedDimension]`.
    let signs: [Float]
    let transformLength: Int

    init(dimension: Int, seed: UInt64) {
        let padded = (dimension + 63) / 64 * 64
        var generator = SeededGenerator(seed: seed)
        self.dimension = dimension
        paddedDimension = padded
        signs = (0..<4 * padded).map { _ in generator.next() >> 63 == 0 ? 1 : -1 }
        transformLength = (0..<13).map { 1 << $0 }.last { $0 <= padded } ?? padded
    }

    func rotate(_ vector: [Float]) -> [Float] {
        var values = vector + [Float](repeating: 0, count: paddedDimension - dimension)
        for round in 0..<4 {
            for index in values.indices { values[index] *= signs[round * paddedDimension + index] }
            let start = round.isMultiple(of: 2) ? 0 : paddedDimension - transformLength
            transform(&values[start..<start + transformLength])
        }
        return values
    }

    private func transform(_ values: inout ArraySlice<Float>) {
        var half = 1
        while half < values.count {
            for index in values.indices where (index - values.startIndex) & half == 0 {
                let (left, right) = (values[index], values[index + half])
                values[index] = left + right
                values[index + half] = left - right
            }
            half *= 2
        }
        let scale = 1 / Float(values.count).squareRoot()
        for index in values.indices { values[index] *= scale }
    }
}

/// The grid point nearest to a vector at one step width.
struct PlainGridPoint {
    let codes: [UInt8]
    let product: Double
    let square: Double
    var cosine: Double { product / square.squareRoot() }

    init(_ vector: [Float], step: Float, bits: Int) {
        let (half, top) = (Float(1 << (bits - 1)), Float((1 << bits) - 1))
        codes = vector.map { UInt8(max(0, min(top, ($0 / step + half).rounded(.down)))) }
        let points = codes.map { Double($0) - Double(top) / 2 }
        product = zip(points, vector).reduce(0) { $0 + $1.0 * Double($1.1) }
        square = points.reduce(0) { $0 + $1 * $1 }
    }

    /// The best of the steps that are tried.
    init(nearest vector: [Float], bits: Int) {
        let largest = vector.reduce(0) { max($0, abs($1)) }
        let reaches: [Float] = bits == 1 ? [1] : [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
        let points = reaches.map { Self(vector, step: largest * $0 / Float(1 << (bits - 1)), bits: bits) }
        self = points.dropFirst().reduce(points[0]) { $1.cosine > $0.cosine ? $1 : $0 }
    }

    /// Bit planes as bytes, the lowest bit's first.
    static func planes(_ codes: [UInt8], bits: Int) -> [UInt8] {
        (0..<bits).flatMap { plane in
            stride(from: 0, to: codes.count, by: 8).map { start in
                (0..<8).reduce(0) { $0 | (codes[start + $1] >> plane & 1) << $1 }
            }
        }
    }
}

/// Codes one after the other, the lowest bit first.
func plainPacked(_ codes: [UInt8], bits: Int) -> [UInt8] {
    let all = codes.flatMap { code in (0..<bits).map { code >> $0 & 1 } }
    return stride(from: 0, to: all.count, by: 8).map { start in
        (0..<8).reduce(0) { $0 | all[start + $1] << $1 }
    }
}

/// The bytes of a sketch, of a vector that is not all zeros.
func plainSketch(_ vector: [Float], _ format: SketchFormat, seed: UInt64) -> [UInt8] {
    if format.isExact {
        return littleEndianBytes(of: format.metric == .cosine ? plainNormalised(vector) : vector)
    }
    let rotation = PlainRotation(dimension: vector.count, seed: seed)
    let point = PlainGridPoint(
        nearest: rotation.rotate(plainNormalised(vector)), bits: format.bitsPerDimension)
    let length = format.metric == .cosine ? 1 : plainInnerProduct(vector, vector).squareRoot()
    let tangent = max(0, 1 / (point.cosine * point.cosine) - 1)
    let error = (tangent / Double(format.paddedDimension - 1)).squareRoot()
    let factors =
        [length * (1 / point.product), length * error] + (format.metric == .euclidean ? [length] : [])
    return littleEndianBytes(of: factors.map { Float(min($0, Double(Float.greatestFiniteMagnitude))) })
        + PlainGridPoint.planes(point.codes, bits: format.bitsPerDimension)
}

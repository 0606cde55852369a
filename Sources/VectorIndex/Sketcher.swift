/// Makes sketches of the vectors of one collection, and prepares queries against them.
///
/// The vector is rotated at random, so that its components are alike, and each is rounded to a grid of
/// `2^bits` points; with one bit that is the sign. For a vector `o` with grid point `g`, the inner product with any query `q` is
/// estimated as `⟨g, q⟩ · ‖o‖² / ⟨g, o⟩`: unbiased over rotations, with a standard deviation of
/// `‖o‖‖q‖ √(1/cos²(g, o) − 1) / √(d − 1)`.
///
/// Sources: J. Gao, C. Long, "RaBitQ", SIGMOD 2024, arXiv 2405.12497; more bits: J. Gao et al., arXiv 2409.09913.
public struct Sketcher: Sendable {
    public let format: SketchFormat
    let rotation: Rotation

    public init(dimension: Int, metric: Metric, seed: UInt64) {
        format = SketchFormat(dimension: dimension, metric: metric)
        rotation = Rotation(dimension: dimension, seed: seed)
    }

    /// The sketch of a vector.
    ///
    /// - Parameter vector: Shape `[dimension]`, finite.
    /// - Returns: `format.byteCount` bytes.
    /// - Complexity: O(d log d).
    public func sketch(of vector: [Float]) -> [UInt8] {
        precondition(vector.count == format.dimension)
        let norm = vector.withUnsafeBufferPointer { squaredNorm($0).squareRoot() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(format.byteCount)
        if format.isExact {
            for component in format.metric == .cosine ? normalised(vector) : vector {
                bytes.append(component)
            }
            return bytes
        }
        let grid = GridPoint(nearest: rotation.rotate(normalised(vector)), bits: format.bitsPerDimension)
        let length = format.metric == .cosine ? 1 : norm
        bytes.append(finite: length * grid.scale)
        bytes.append(finite: length * grid.error(dimension: format.paddedDimension))
        if format.hasNorm { bytes.append(finite: length) }
        for word in grid.bitPlanes { bytes.append(littleEndian: word) }
        return bytes
    }
}

/// The grid point that a rotated vector of length one is rounded to.
struct GridPoint {
    /// Shape `[dimension]`, each `0 ..< 2^bits`; the point itself is at `code − (2^bits − 1)/2`.
    let codes: [UInt8]
    let bits: Int
    /// `‖o‖² / ⟨g, o⟩` for the vector `o` of length one.
    let scale: Double
    /// `cos(g, o)`.
    let cosine: Double

    /// The point at the smallest angle among those that a few step widths give.
    init(nearest vector: [Float], bits: Int) {
        let largest = vector.reduce(0) { max($0, abs($1)) }
        guard largest > 0 else {
            (codes, self.bits, scale, cosine) = ([UInt8](repeating: 0, count: vector.count), bits, 0, 1)
            return
        }
        var best: (codes: [UInt8], product: Double, norm: Double)?
        for reach in Self.reaches(bits: bits) {
            let step = largest * reach / Float(1 << (bits - 1))
            let candidate = Self.round(vector, step: step, bits: bits)
            if best.map({ candidate.product / candidate.norm > $0.product / $0.norm }) ?? true {
                best = candidate
            }
        }
        let found = best ?? Self.round(vector, step: largest, bits: bits)
        codes = found.codes
        self.bits = bits
        scale = 1 / found.product
        cosine = found.product / found.norm
    }

    /// Parts of the largest component that the grid may reach to. One bit is the sign, whatever the step.
    private static func reaches(bits: Int) -> [Float] {
        bits == 1 ? [1] : [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    }

    private static func round(
        _ vector: [Float], step: Float, bits: Int
    ) -> (codes: [UInt8], product: Double, norm: Double) {
        let (half, top) = (Float(1 << (bits - 1)), Float((1 << bits) - 1))
        var codes = [UInt8](repeating: 0, count: vector.count)
        var (product, squares) = (0.0, 0.0)
        for (index, component) in vector.enumerated() {
            let code = max(0, min(top, (component / step + half).rounded(.down)))
            let point = Double(code - top / 2)
            codes[index] = UInt8(code)
            product += point * Double(component)
            squares += point * point
        }
        return (codes, product, squares.squareRoot())
    }

    /// One standard deviation of the estimate for a query of length one.
    func error(dimension: Int) -> Double {
        let squaredTangent = max(0, 1 / (cosine * cosine) - 1)
        return (squaredTangent / Double(max(1, dimension - 1))).squareRoot()
    }

    /// Shape `[bits, dimension/64]`.
    var bitPlanes: [UInt64] {
        (0..<bits).flatMap { plane in packed(codes) { $0 >> plane & 1 == 1 } }
    }
}

/// One bit for each element, the first the lowest of the first word.
///
/// - Parameter elements: A multiple of 64 of them.
func packed<Element>(_ elements: [Element], _ isSet: (Element) -> Bool) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: elements.count / 64)
    for (index, element) in elements.enumerated() where isSet(element) {
        words[index / 64] |= 1 << (index % 64)
    }
    return words
}

extension [UInt8] {
    /// Four bytes, little-endian.
    mutating func append(_ number: Float) {
        Swift.withUnsafeBytes(of: number.bitPattern.littleEndian) { append(contentsOf: $0) }
    }

    /// A number too large for float32 as its largest.
    mutating func append(finite number: Double) {
        append(Float(Swift.min(number, Double(Float.greatestFiniteMagnitude))))
    }

    mutating func append(littleEndian word: UInt64) {
        Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) }
    }
}

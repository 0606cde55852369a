/// The numbers of a sketch that gives bounds, from the vector itself, which is neither rotated nor rounded to length one.
///
/// Let `o` be the vector, over its length under cosine, `g` its grid point, and `a` the scale: the float32 nearest to `⟨o, g⟩/‖g‖²`, with
/// which `o = a·g + r` for an `r` that is as good as orthogonal to `g`. Then for any `q`
///
/// `|⟨o, q⟩ − a⟨g, q⟩| = |⟨r, q⟩| ≤ ‖r‖ √(‖q‖² − ⟨g, q⟩²/‖g‖²) + |⟨r, g⟩| |⟨g, q⟩| / ‖g‖²`
///
/// by Cauchy and Schwarz, in the plane's directions apart. The last term is what rounding `a` leaves.
struct ProvenSketch {
    let scale: Float
    /// At least `‖r‖`; infinite when float32 does not hold it, and then bounds are infinite.
    let residual: Float
    /// `‖o‖`, rounded, and infinite when float32 does not hold it.
    let norm: Float

    /// - Parameters:
    ///   - vector: Shape `[dimension]`, finite.
    ///   - packed: Takes the codes.
    init(_ vector: UnsafeBufferPointer<Float>, _ format: SketchFormat, packed: UnsafeMutableRawBufferPointer)
    {
        (scale, residual, norm) = withUnsafeTemporaryAllocation(
            of: UInt8.self, capacity: format.paddedDimension
        ) { codes in
            let norm = Self.round(vector, bits: format.bitsPerDimension, to: codes)
            kernels.pack_codes(
                codes.baseAddress.unsafelyUnwrapped, codes.count, Int32(format.bitsPerDimension),
                packed.assumingMemoryBound(to: UInt8.self).baseAddress.unsafelyUnwrapped)
            let (scale, residual) = Self.fit(
                codes, to: vector, length: format.metric == .cosine ? norm : 1, bits: format.bitsPerDimension)
            return (scale, residual, Float(norm))
        }
    }

    /// Rounds the vector's direction. What is beyond `dimension` gets zeros.
    ///
    /// - Returns: The vector's length.
    private static func round(
        _ vector: UnsafeBufferPointer<Float>, bits: Int, to codes: UnsafeMutableBufferPointer<UInt8>
    ) -> Double {
        codes.initialize(repeating: 0)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: vector.count) { unit in
            let norm = normalise(vector, into: unit)
            let largest = unit.reduce(0) { max($0, abs($1)) }
            if largest > 0 {
                let unit = UnsafeBufferPointer(unit)
                let step = GridPoint.bestStep(unit, largest: largest, bits: bits)
                GridPoint.round(unit, step: step.width, bits: bits, to: codes)
            }
            return norm
        }
    }

    /// The scale that fits best, and at least what it leaves.
    private static func fit(
        _ codes: UnsafeMutableBufferPointer<UInt8>, to vector: UnsafeBufferPointer<Float>, length: Double,
        bits: Int
    ) -> (scale: Float, residual: Float) {
        guard length > 0 else { return (0, 0) }
        let middle = Double((1 << bits) - 1) / 2
        var (product, square) = (0.0, 0.0)
        for (component, code) in zip(vector, codes) {
            let point = Double(code) - middle
            product += Double(component) * point
            square += point * point
        }
        let scale = Float(product / length / square)
        var (left, whole) = (0.0, 0.0)
        for (component, code) in zip(vector, codes) {
            let component = Double(component) / length
            let rest = component - Double(scale) * (Double(code) - middle)
            left += rest * rest
            whole += component * component
        }
        // What float64 rounds is far less.
        return (scale, roundedUp(left.squareRoot() * (1 + 0x1p-30) + whole.squareRoot() * 0x1p-40))
    }

    private static func roundedUp(_ number: Double) -> Float {
        let nearest = Float(number)
        return Double(nearest) < number ? nearest.nextUp : nearest
    }
}

/// The grid point that a rotated vector of length one is rounded to: a code of `bits` for each dimension, and with one bit
/// the signs.
struct GridPoint {
    /// `‖o‖² / ⟨g, o⟩` for the vector `o` and the point `g`.
    let scale: Double
    /// `cos(g, o)`.
    let cosine: Double

    /// The point at the smallest angle among those that a few step widths give. The point itself is at the codes less
    /// `(2^bits − 1)/2`; a vector of zeros gets zeros.
    ///
    /// - Parameters:
    ///   - vector: Shape `[paddedDimension]`.
    ///   - planes: Takes the codes as bit planes, the lowest bit's first; `bits × paddedDimension / 8` bytes.
    init(nearest vector: UnsafeBufferPointer<Float>, bits: Int, planes: UnsafeMutableRawBufferPointer) {
        let largest = kernels.largest(vector.baseAddress.unsafelyUnwrapped, vector.count)
        guard largest > 0 else {
            planes.initializeMemory(as: UInt8.self, repeating: 0)
            (scale, cosine) = (0, 1)
            return
        }
        let best = Self.bestStep(vector, largest: largest, bits: bits)
        (scale, cosine) = (1 / best.product, best.cosine)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: vector.count) { codes in
            Self.round(vector, step: best.width, bits: bits, to: codes)
            kernels.pack_planes(
                codes.baseAddress.unsafelyUnwrapped, vector.count, Int32(bits),
                planes.assumingMemoryBound(to: UInt8.self).baseAddress.unsafelyUnwrapped)
        }
    }

    /// One standard deviation of the estimate for a query of length one.
    func error(dimension: Int) -> Double {
        let squaredTangent = max(0, 1 / (cosine * cosine) - 1)
        return (squaredTangent / Double(max(1, dimension - 1))).squareRoot()
    }
}

extension GridPoint {
    /// A step width, and what the vector's point on that grid makes with it.
    struct Step {
        let width: Float
        let product: Double
        let cosine: Double
    }

    /// Parts of the largest component that the grid may reach to, a lane each.
    private static let reaches: SIMD8<Float> = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1]

    /// The step at the largest cosine, and of equal ones the smallest. One bit is the sign, whatever the step.
    static func bestStep(_ vector: UnsafeBufferPointer<Float>, largest: Float, bits: Int) -> Step {
        let start = vector.baseAddress.unsafelyUnwrapped
        if bits == 1 {
            var (product, square) = (0.0, 0.0)
            kernels.try_step(start, vector.count, 1, largest, &product, &square)
            return Step(width: largest, product: product, cosine: product / square.squareRoot())
        }
        let widths = largest * reaches / Float(1 << (bits - 1))
        var (products, squares) = (SIMD8<Double>(), SIMD8<Double>())
        withUnsafePointer(to: widths) { widths in
            withUnsafeMutablePointer(to: &products) { products in
                withUnsafeMutablePointer(to: &squares) { squares in
                    kernels.try_steps(
                        start, vector.count, Int32(bits),
                        UnsafeRawPointer(widths).assumingMemoryBound(to: Float.self),
                        UnsafeMutableRawPointer(products).assumingMemoryBound(to: Double.self),
                        UnsafeMutableRawPointer(squares).assumingMemoryBound(to: Double.self))
                }
            }
        }
        let cosines = products / squares.squareRoot()
        let best = cosines.indices.reduce(0) { cosines[$1] > cosines[$0] ? $1 : $0 }
        return Step(width: widths[best], product: products[best], cosine: cosines[best])
    }

    /// Writes the codes at one step width to the start of `codes`.
    static func round(
        _ vector: UnsafeBufferPointer<Float>, step: Float, bits: Int,
        to codes: UnsafeMutableBufferPointer<UInt8>
    ) {
        kernels.round_to_codes(
            vector.baseAddress.unsafelyUnwrapped, vector.count, Int32(bits), step,
            codes.baseAddress.unsafelyUnwrapped)
    }
}

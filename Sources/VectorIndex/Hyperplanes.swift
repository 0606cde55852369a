/// The planes through the origin under which vectors are hashed.
///
/// Two vectors at the angle θ lie on different sides of a random plane with probability θ/π, so that
/// near vectors share most bits of their keys.
///
/// Source: M. Charikar, "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002.
public struct Hyperplanes: Sendable {
    public let dimension: Int
    /// Shape `[HashKey.bitCount, dimension]`, row by row.
    private let normals: [Float]

    /// Gaussian planes: generation 0, the same on every machine for one seed.
    ///
    /// - Complexity: O(`HashKey.bitCount` × `dimension`); 0.2 ms at 384 dimensions.
    public init(dimension: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        self.dimension = dimension
        normals = (0..<(HashKey.bitCount * dimension)).map { _ in generator.nextGaussian() }
    }

    /// The hash key of a vector. Bit 1 is the non-negative side of a plane.
    ///
    /// - Parameter vector: Shape `[dimension]`, finite. Only its direction matters.
    /// - Complexity: O(`HashKey.bitCount` × `dimension`).
    public func hashKey(of vector: [Float]) -> HashKey {
        var bits: UInt32 = 0
        for projection in projections(of: vector) {
            bits = bits << 1 | (projection >= 0 ? 1 : 0)
        }
        return HashKey(bits: bits)
    }

    /// The inner products of a vector with each plane's normal, in the order of a key's bits.
    ///
    /// - Returns: Shape `[HashKey.bitCount]`. Under Gaussian planes and for a vector of length one they are standard normal.
    public func projections(of vector: [Float]) -> [Double] {
        precondition(vector.count == dimension)
        return [Double](unsafeUninitializedCapacity: HashKey.bitCount) { products, count in
            project(vector, to: products)
            count = HashKey.bitCount
        }
    }

    private func project(_ vector: [Float], to products: UnsafeMutableBufferPointer<Double>) {
        vector.withUnsafeBufferPointer { vector in
            normals.withUnsafeBufferPointer { normals in
                guard let first = vector.baseAddress else { return products.update(repeating: 0) }
                kernels.inner_products(
                    normals.baseAddress.unsafelyUnwrapped, HashKey.bitCount, first, dimension,
                    products.baseAddress.unsafelyUnwrapped)
            }
        }
    }
}

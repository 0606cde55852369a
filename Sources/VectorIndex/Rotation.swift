/// A random rotation in O(d log d): signs drawn from a seed and fast Walsh–Hadamard transforms, in rounds.
///
/// A transform wants a power of two. Other dimensions take the largest power of two below them at
/// the vector's start and at its end in turn, four rounds, in which every component reaches every
/// other. Each round is orthogonal, and so inner products stay as they are to float32 rounding.
///
/// Source: N. Ailon, B. Chazelle, "The Fast Johnson–Lindenstrauss Transform", SIAM J. Comput. 2009; in
/// rounds on overlapping ends: the rotation of the RaBitQ library.
public struct Rotation: Sendable {
    /// The length of a rotated vector: `dimension` padded with zeros to a multiple of 64.
    public let paddedDimension: Int
    public let dimension: Int
    /// Shape `[rounds, paddedDimension]`, each 1 or −1.
    private let signs: [Float]
    private let transformLength: Int
    private static let rounds = 4

    public init(dimension: Int, seed: UInt64) {
        self.dimension = dimension
        paddedDimension = (dimension + 63) / 64 * 64
        transformLength = 1 << (Int.bitWidth - 1 - paddedDimension.leadingZeroBitCount)
        var generator = SeededGenerator(seed: seed)
        signs = (0..<(Self.rounds * paddedDimension)).map { _ in generator.next() >> 63 == 0 ? 1 : -1 }
    }

    /// - Parameter vector: Shape `[dimension]`.
    /// - Returns: Shape `[paddedDimension]`, of the same length.
    /// - Complexity: O(d log d).
    public func rotate(_ vector: [Float]) -> [Float] {
        precondition(vector.count == dimension)
        return [Float](unsafeUninitializedCapacity: paddedDimension) { rotated, count in
            _ = UnsafeMutableBufferPointer(rebasing: rotated[..<dimension]).update(from: vector)
            rotate(UnsafeMutableBufferPointer(rebasing: rotated[..<paddedDimension]))
            count = paddedDimension
        }
    }

    /// Rotates in place what stands in the first `dimension` of `paddedDimension` values.
    func rotate(_ values: UnsafeMutableBufferPointer<Float>) {
        precondition(values.count == paddedDimension)
        UnsafeMutableBufferPointer(rebasing: values[dimension...]).initialize(repeating: 0)
        guard let start = values.baseAddress else { return }
        signs.withUnsafeBufferPointer { signs in
            kernels.rotate(
                start, paddedDimension, transformLength, 1 / Float(transformLength).squareRoot(),
                signs.baseAddress.unsafelyUnwrapped)
        }
    }
}

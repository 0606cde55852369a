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
        var rotated = vector + [Float](repeating: 0, count: paddedDimension - dimension)
        rotated.withUnsafeMutableBufferPointer { rotated in
            for round in 0..<Self.rounds {
                let offset = round * paddedDimension
                for index in 0..<paddedDimension { rotated[index] *= signs[offset + index] }
                let start = round.isMultiple(of: 2) ? 0 : paddedDimension - transformLength
                walshHadamard(
                    UnsafeMutableBufferPointer(rebasing: rotated[start..<(start + transformLength)]))
            }
        }
        return rotated
    }
}

/// The Walsh–Hadamard transform in place, scaled to be orthogonal.
///
/// - Parameter values: A power of two of them.
private func walshHadamard(_ values: UnsafeMutableBufferPointer<Float>) {
    var half = 1
    while half < values.count {
        for block in stride(from: 0, to: values.count, by: 2 * half) {
            for index in block..<(block + half) {
                let (left, right) = (values[index], values[index + half])
                values[index] = left + right
                values[index + half] = left - right
            }
        }
        half *= 2
    }
    let scale = 1 / Float(values.count).squareRoot()
    for index in values.indices { values[index] *= scale }
}

/// How a vector is kept as a sketch: a code of few bits for each dimension and the factors that
/// make estimates from it unbiased and give them an error bound.
///
/// Bytes, little-endian: scale (float32), error (float32), norm (float32, in euclidean collections), then `bitsPerDimension`
/// bit planes of `paddedDimension` bits, the code's lowest bit first, dimension i at bit i. Below
/// `codedDimensions` a sketch is the vector itself in float32, and estimates are exact.
public struct SketchFormat: Sendable, Equatable {
    public let dimension: Int
    public let metric: Metric
    /// 1, 2, 4 or 8; 0 when the sketch is the vector itself.
    public let bitsPerDimension: Int
    public let paddedDimension: Int

    /// Vectors of this many dimensions and more are coded.
    static let codedDimensions = 16

    /// Few dimensions get more bits each: the error of an estimate falls with the square root of the
    /// dimension, and about halves with each bit.
    public init(dimension: Int, metric: Metric) {
        self.dimension = dimension
        self.metric = metric
        paddedDimension = (dimension + 63) / 64 * 64
        bitsPerDimension =
            switch dimension {
            case ..<Self.codedDimensions: 0
            case ..<64: 8
            case ..<160: 4
            case ..<320: 2
            default: 1
            }
    }

    public var byteCount: Int {
        numberCount * 4 + codeByteCount
    }

    /// Whether a sketch is the vector itself.
    public var isExact: Bool { bitsPerDimension == 0 }

    /// Only a Euclidean distance needs the stored vector's length.
    var hasNorm: Bool { metric == .euclidean }

    var factorCount: Int { hasNorm ? 3 : 2 }

    /// Bytes of codes, behind the factors.
    var codeByteCount: Int { bitsPerDimension * paddedDimension / 8 }

    /// The float32 of a sketch: its factors, or the components of an exact one.
    var numberCount: Int { isExact ? dimension : factorCount }
}

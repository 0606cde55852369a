/// How a vector is kept as a sketch: a code of few bits for each dimension, and factors that make of it an estimate or
/// bounds. Below `codedDimensions` a sketch is the vector itself in float32, whatever the precision.
///
/// Bytes, little-endian:
/// - `estimated`: scale (float32), error (float32), norm (float32, in euclidean collections), then `bitsPerDimension`
///   bit planes of `paddedDimension` bits, the code's lowest bit first, dimension i at bit i.
/// - `proven`: scale (float32), residual (float32), norm (float32, but not in cosine collections), then the codes of `paddedDimension`
///   dimensions, `bitsPerDimension` each, one after the other, the lowest bit first.
public struct SketchFormat: Sendable, Equatable {
    /// What a sketch tells of a vector.
    public enum Precision: Sendable {
        /// An estimate of the rank and its standard deviation.
        case estimated
        /// Bounds of the rank that hold always.
        case proven
    }

    public let dimension: Int
    public let metric: Metric
    public let precision: Precision
    /// 1, 2, 4, 5 or 8; 0 when the sketch is the vector itself.
    public let bitsPerDimension: Int
    /// A multiple of 64, or of 8 in proven sketches.
    public let paddedDimension: Int

    /// Vectors of this many dimensions and more are coded.
    static let codedDimensions = 16

    /// Estimates: few dimensions get more bits each, since the error of an estimate falls with the square root of the
    /// dimension, and about halves with each bit.
    ///
    /// Bounds: five bits. Measured on 10,000 sentence embeddings at 384 dimensions, for the exact ten best: so many vectors have to be read
    /// besides the sketches when it is known what to reach, and when they are chosen by bounds alone:
    ///
    /// | bits | sketches | vectors | bounds alone | where unrelated texts have a cosine of 0.75 |
    /// |---|---|---|---|---|
    /// | 4 | 2.00 MB | 81 | 649 | 861, 9020 |
    /// | 5 | 2.48 MB | 30 | 94 | 111, 1236 |
    /// | 6 | 2.96 MB | 18 | 31 | 34, 128 |
    /// | 8 | 3.92 MB | 12 | 13 | 13, 19 |
    ///
    /// At 4 KB for each vector read five bits are the least in the worse case and next to it in the better.
    ///
    /// - Parameter bits: 1, 2, 4 or 8 for each dimension of an estimate; nil takes `defaultBits`. Bounds have their own.
    public init(dimension: Int, metric: Metric, precision: Precision = .estimated, bits: Int? = nil) {
        self.dimension = dimension
        self.metric = metric
        self.precision = precision
        let multiple = precision == .estimated ? 64 : 8
        paddedDimension = (dimension + multiple - 1) / multiple * multiple
        bitsPerDimension =
            switch (dimension, precision) {
            case (..<Self.codedDimensions, _): 0
            case (_, .proven): 5
            case (_, .estimated): bits ?? Self.defaultBits(dimension: dimension)
            }
    }

    /// The bits for each dimension of an estimate, where nothing else is chosen.
    ///
    /// Measured on sentence embeddings at 384 dimensions: among 1,000 to 100,000 a search reads 31 to 36 vectors with two bits, where it
    /// read 81 to 105 with one; sketches take 104 bytes and 56. At 768 dimensions one bit reads 53 to 64.
    public static func defaultBits(dimension: Int) -> Int {
        switch dimension {
        case ..<64: 8
        case ..<160: 4
        case ..<640: 2
        default: 1
        }
    }

    public var byteCount: Int { numberCount * 4 + codeByteCount }

    /// Whether a sketch is the vector itself.
    public var isExact: Bool { bitsPerDimension == 0 }

    /// A Euclidean distance needs the stored vector's length, and so do bounds unless it is one.
    var hasNorm: Bool { metric == .euclidean || precision == .proven && metric == .dot }

    var factorCount: Int { hasNorm ? 3 : 2 }

    /// Bytes of codes, behind the factors.
    var codeByteCount: Int { bitsPerDimension * paddedDimension / 8 }

    /// The float32 of a sketch: its factors, or the components of an exact one.
    var numberCount: Int { isExact ? dimension : factorCount }
}

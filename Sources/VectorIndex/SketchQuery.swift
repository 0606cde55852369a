/// A query as it is compared with sketches.
///
/// Ranks are larger for what is nearer and keep the order of the metric's scores: the inner product in cosine and dot
/// collections, and `2⟨o, q⟩ − ‖o‖²` in euclidean ones, which is `‖q‖²` minus the squared distance.
public struct SketchQuery: Sendable {
    let format: SketchFormat
    /// For exact sketches: the query itself, at length one under cosine.
    let vector: [Double]
    let norm: Double
    /// For coded sketches that give estimates: the rotated query's direction.
    let tables: QueryTables
    /// For sketches that give bounds.
    private let proven: ProvenQuery?

    /// - Parameter query: Shape `[dimension]`, finite.
    public init(_ query: [Float], _ sketcher: Sketcher) {
        precondition(query.count == sketcher.format.dimension)
        format = sketcher.format
        proven = format.precision == .proven ? ProvenQuery(query, format) : nil
        let query = format.metric == .cosine ? normalised(query) : query
        norm = query.withUnsafeBufferPointer { squaredNorm($0).squareRoot() }
        vector = format.isExact ? query.map(Double.init) : []
        tables =
            format.isExact || proven != nil
            ? .none : QueryTables(sketcher.rotation.rotate(normalised(query)), bits: format.bitsPerDimension)
    }

    /// The exact rank that belongs to a score of the metric.
    public func rank(ofScore score: Float) -> Double {
        let score = Double(score)
        return format.metric == .euclidean ? norm * norm - score * score : score
    }

    /// The estimated rank of the vector behind a sketch.
    public struct Estimate: Sendable {
        public let rank: Double
        /// One standard deviation; 0 when the rank is exact.
        public let error: Double

        /// A rank that is no number, as of damaged bytes, is below all others.
        init(rank: Double, error: Double) {
            self.rank = rank.isNaN ? -.infinity : rank
            self.error = error
        }
    }

    /// Where the rank of the vector behind a sketch lies without doubt: that of real numbers, and that of the score which
    /// `Metric.score` gives in float32.
    ///
    /// - Parameter sketch: `format.byteCount` bytes, of a proven sketch.
    /// - Complexity: O(dimension).
    public func bounds(of sketch: UnsafeRawBufferPointer) -> RankBounds {
        guard let proven else { preconditionFailure("sketches of this format give estimates") }
        precondition(sketch.count == format.byteCount)
        return proven.bounds(sketch)
    }

    /// - Parameter sketch: `format.byteCount` bytes, of a sketch that gives estimates.
    /// - Complexity: O(`paddedDimension` / 4 × bits of the sketch).
    public func estimate(_ sketch: UnsafeRawBufferPointer) -> Estimate {
        precondition(sketch.count == format.byteCount && proven == nil)
        if format.isExact { return Estimate(rank: exactRank(sketch), error: 0) }
        let codes = UnsafeRawBufferPointer(rebasing: sketch[(format.factorCount * 4)...])
        return estimate(
            sum: tables.sum(codes, byteCount: format.paddedDimension / 8),
            Factors(
                scale: sketch.float(at: 0), error: sketch.float(at: 4),
                norm: format.hasNorm ? sketch.float(at: 8) : 0))
    }

    /// What a sketch has besides its codes.
    struct Factors {
        let scale: Float
        let error: Float
        /// In euclidean collections.
        let norm: Float
    }

    /// The estimate from what the tables give for a sketch's codes.
    func estimate(sum: Int, _ factors: Factors) -> Estimate {
        let product = (tables.slope * Double(sum) + tables.offset) * Double(factors.scale) * norm
        let error = Double(factors.error) * norm
        guard format.hasNorm else { return Estimate(rank: product, error: error) }
        return Estimate(rank: 2 * product - Double(factors.norm) * Double(factors.norm), error: 2 * error)
    }

    private func exactRank(_ sketch: UnsafeRawBufferPointer) -> Double {
        var (product, square) = (0.0, 0.0)
        for index in 0..<format.dimension {
            let component = Double(sketch.float(at: index * 4))
            product += component * vector[index]
            square += component * component
        }
        return format.metric == .euclidean ? 2 * product - square : product
    }
}

extension UnsafeRawBufferPointer {
    func float(at offset: Int) -> Float {
        Float(bitPattern: UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
}

/// The ends of a range that a rank is in.
public struct RankBounds: Sendable, Equatable {
    public let lower: Double
    public let upper: Double

    /// Of what nothing is known.
    public static let unbounded = RankBounds(lower: -.infinity, upper: .infinity)
}

/// A query as proven sketches take it: its components as they are.
struct ProvenQuery: Sendable {
    private let format: SketchFormat
    /// Shape `[paddedDimension]`.
    private let vector: [Float]
    private let norm: Double
    /// The sum of the components.
    private let sum: Double

    /// - Parameter query: Shape `[dimension]`, finite.
    init(_ query: [Float], _ format: SketchFormat) {
        self.format = format
        vector = query + [Float](repeating: 0, count: format.paddedDimension - query.count)
        norm = query.withUnsafeBufferPointer { squaredNorm($0).squareRoot() }
        sum = query.reduce(0) { $0 + Double($1) }
    }

    /// Where the rank of the vector behind a sketch lies, both that of real numbers and that of the score in float32.
    func bounds(_ sketch: UnsafeRawBufferPointer) -> RankBounds {
        guard norm > 0 || format.metric == .euclidean else { return RankBounds(lower: 0, upper: 0) }
        let known = format.isExact ? whole(sketch) : coded(sketch)
        guard known.halfWidth.isFinite, known.length.isFinite else {
            return .unbounded
        }
        return switch format.metric {
        case .cosine: scored(known.product / norm, known.halfWidth / norm)
        case .dot: scored(known.product, known.halfWidth)
        case .euclidean: squared(known)
        }
    }
}

// MARK: - Inner products

extension ProvenQuery {
    /// What a sketch tells of its vector `o`, which under cosine is taken over its length.
    private struct Known {
        /// Nearly `⟨o, q⟩`, and how far off at most.
        let product: Double
        let halfWidth: Double
        /// `‖o‖`, to `2⁻²³` of it and `2⁻¹⁴⁹`.
        let length: Double
    }

    /// From codes, by the bound of `ProvenSketch`, with `u = 2⁻⁵³`, and `‖g‖ ≥ √d/2` since no point is nearer to 0 than a half.
    ///
    /// - `a` is off by `2⁻²⁴` of it, or by `2⁻¹⁵⁰` where it is not normal: that is the bound's last term.
    /// - `⟨g, q⟩` is a sum of at most 4,096 exact products and one more, off by `4098 u` of their magnitudes, which are below
    ///   `63 √d ‖q‖`. Times `a`, which is hardly above `2‖o‖/√d`, that is below `2⁻³³ ‖o‖‖q‖`. Lengths are off by less.
    /// - `|⟨g, q⟩|/‖g‖ ≥ a|⟨g, q⟩|/‖o‖`, less `2⁻²³` of it for `a` and `‖o‖`, and `2⁻³³ ‖q‖`. Its square is taken `2⁻²⁰`
    ///   smaller: that is enough above `2⁻¹² ‖q‖`, and below what is missing is `2⁻⁴⁴` of the root's contents.
    private func coded(_ sketch: UnsafeRawBufferPointer) -> Known {
        let (scale, residual) = (Double(sketch.float(at: 0)), Double(sketch.float(at: 4)))
        let length = format.hasNorm ? Double(sketch.float(at: 8)) : 1
        let grid = gridProduct(UnsafeRawBufferPointer(rebasing: sketch[(format.factorCount * 4)...]))
        let product = scale * grid
        // Without its last places a scale says nothing of the direction.
        let along = scale >= Double(Float.leastNormalMagnitude) ? min(abs(product) / length, norm) : 0
        let across = (norm * norm - along * along * (1 - 0x1p-20)).squareRoot()
        let rounding = 0x1p-22 * abs(product) + 0x1p-148 * abs(grid) + 0x1p-28 * (length + 0x1p-148) * norm
        return Known(
            product: product, halfWidth: residual * across * (1 + 0x1p-40) + rounding, length: length)
    }

    private func gridProduct(_ codes: UnsafeRawBufferPointer) -> Double {
        let product = codes.withMemoryRebound(to: UInt8.self) { codes in
            kernels.packed_product(
                codes.baseAddress.unsafelyUnwrapped, Int32(format.bitsPerDimension), vector, vector.count)
        }
        return product - Double((1 << format.bitsPerDimension) - 1) / 2 * sum
    }

    /// From the vector itself, whose components float32 holds, or under cosine rounds.
    private func whole(_ sketch: UnsafeRawBufferPointer) -> Known {
        var (product, square) = (0.0, 0.0)
        for index in 0..<format.dimension {
            let component = Double(sketch.float(at: index * 4))
            product += component * Double(vector[index])
            square += component * component
        }
        let length = square.squareRoot()
        let share = format.metric == .cosine ? 0x1p-22 : 0x1p-40
        return Known(product: product, halfWidth: share * (length + 0x1p-140) * norm, length: length)
    }
}

// MARK: - Ranks

extension ProvenQuery {
    private static let largest = Double(Float.greatestFiniteMagnitude)

    /// Around a rank that is a score: as float32 it is off by `2⁻²⁴` of it more, or `2⁻¹⁵⁰`, and stays finite.
    private func scored(_ rank: Double, _ halfWidth: Double) -> RankBounds {
        let wide = halfWidth + 0x1p-23 * (abs(rank) + halfWidth) + 0x1p-148
        return RankBounds(lower: min(rank - wide, Self.largest), upper: max(rank + wide, -Self.largest))
    }

    /// Around `2⟨o, q⟩ − ‖o‖²`. The score is the distance, off by `2⁻²⁴` of it: its square by a little more than twice that.
    private func squared(_ known: Known) -> RankBounds {
        let length = known.length
        let slack = 0x1p-21 * length * length + 0x1p-147 * length + 0x1p-290 + 0x1p-40 * norm * norm
        let (middle, wide) = (2 * known.product - length * length, 2 * known.halfWidth + slack)
        let distance = max(0, norm * norm - (middle - wide))
        let rounding = 0x1p-22 * distance + 0x1p-147 * distance.squareRoot() + 0x1p-290
        return RankBounds(
            lower: middle - wide - rounding,
            upper: max(middle + wide + rounding, norm * norm * (1 + 0x1p-40) - Self.largest * Self.largest))
    }
}

/// A query as it is compared with sketches.
///
/// Ranks are larger for what is nearer and keep the order of the metric's scores: the inner product in cosine and dot
/// collections, and `2⟨o, q⟩ − ‖o‖²` in euclidean ones, which is `‖q‖²` minus the squared distance.
public struct SketchQuery: Sendable {
    private let format: SketchFormat
    /// For exact sketches: the query itself, at length one under cosine.
    private let vector: [Float]
    private let norm: Double
    /// The rotated query on a grid: component `i` is `low + step · code`, the code's bits in planes.
    private let low: Double
    private let step: Double
    private let planes: [UInt64]
    private let planeCount: Int
    private let sum: Double

    /// - Parameter query: Shape `[dimension]`, finite.
    public init(_ query: [Float], _ sketcher: Sketcher) {
        precondition(query.count == sketcher.format.dimension)
        format = sketcher.format
        vector = format.metric == .cosine ? normalised(query) : query
        norm = vector.withUnsafeBufferPointer { squaredNorm($0).squareRoot() }
        // Four bits hold the query finer than one bit holds the stored vector; finer codes want a finer query.
        planeCount = format.bitsPerDimension == 1 ? 4 : 8
        guard !format.isExact else {
            (low, step, planes, sum) = (0, 0, [], 0)
            return
        }
        let rotated = sketcher.rotation.rotate(normalised(vector))
        let grid = QueryGrid(rotated, bits: planeCount)
        (low, step, planes) = (grid.low, grid.step, grid.planes)
        sum = grid.sum
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
    }

    /// - Parameter sketch: `format.byteCount` bytes.
    /// - Complexity: O(`paddedDimension` / 64 × bits of sketch × bits of query).
    public func estimate(_ sketch: UnsafeRawBufferPointer) -> Estimate {
        precondition(sketch.count == format.byteCount)
        return format.isExact ? exactRank(sketch) : estimatedRank(sketch)
    }

    private func exactRank(_ sketch: UnsafeRawBufferPointer) -> Estimate {
        var (product, square) = (0.0, 0.0)
        for index in 0..<format.dimension {
            let component = Double(sketch.float(at: index * 4))
            product += component * Double(vector[index])
            square += component * component
        }
        return Estimate(rank: format.metric == .euclidean ? 2 * product - square : product, error: 0)
    }

    private func estimatedRank(_ sketch: UnsafeRawBufferPointer) -> Estimate {
        let scale = Double(sketch.float(at: 0)) * norm
        let error = Double(sketch.float(at: 4)) * norm
        let product = gridProduct(sketch) * scale
        guard format.hasNorm else { return Estimate(rank: product, error: error) }
        let length = Double(sketch.float(at: 8))
        return Estimate(rank: 2 * product - length * length, error: 2 * error)
    }

    /// `⟨g, q⟩` for the stored grid point `g` and the query's direction `q`.
    private func gridProduct(_ sketch: UnsafeRawBufferPointer) -> Double {
        let words = format.wordsPerPlane
        var product = 0.0
        planes.withUnsafeBufferPointer { planes in
            for plane in 0..<format.bitsPerDimension {
                let offset = format.factorCount * 4 + plane * words * 8
                var (ones, shared) = (0, 0)
                for word in 0..<words {
                    let bits = sketch.word(at: offset + word * 8)
                    ones += bits.nonzeroBitCount
                    for query in 0..<planeCount {
                        shared += (bits & planes[query * words + word]).nonzeroBitCount << query
                    }
                }
                product += Double(1 << plane) * (low * Double(ones) + step * Double(shared))
            }
        }
        return product - Double((1 << format.bitsPerDimension) - 1) / 2 * sum
    }
}

/// A rotated query rounded to an even grid, its codes as bit planes.
private struct QueryGrid {
    let low: Double
    let step: Double
    /// Shape `[bits, dimension/64]`.
    let planes: [UInt64]
    /// The sum of the rounded components.
    let sum: Double

    init(_ query: [Float], bits: Int) {
        let (smallest, largest) = (Double(query.min() ?? 0), Double(query.max() ?? 0))
        let top = Double((1 << bits) - 1)
        let step = largest > smallest ? (largest - smallest) / top : 1
        let codes = query.map { UInt8(((Double($0) - smallest) / step).rounded()) }
        low = smallest
        self.step = step
        planes = (0..<bits).flatMap { plane in packed(codes) { $0 >> plane & 1 == 1 } }
        sum = codes.reduce(0) { $0 + smallest + step * Double($1) }
    }
}

extension UnsafeRawBufferPointer {
    func float(at offset: Int) -> Float {
        Float(bitPattern: UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

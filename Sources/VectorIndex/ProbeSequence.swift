/// Which buckets to read for a query, the likeliest to hold its neighbours first.
///
/// A neighbour at the angle θ of a query of length one lies across a Gaussian plane at the margin `m` with the
/// probability Φ(−|m| cot θ). Bits are independent, so that the probability of a bucket is a
/// product, and the sum over the buckets read is the share of such neighbours that is found: the coverage.
///
/// Sources: Q. Lv et al., "Multi-Probe LSH", VLDB 2007 (query-directed probing; here with coverage as the stop).
public struct ProbeSequence: Sendable {
    /// The cosine at which a neighbour is expected. The 10th neighbours of real sentence embeddings lie at about
    /// 0.48 among 40,000 vectors, and above 0.39 for nine queries in ten; a farther one is found less surely.
    public static let expectedCosine = 0.4

    /// The buckets to read, as runs in the order of their keys.
    public let ranges: [BucketRange]
    /// The part of the key space that `ranges` takes in, 0 to 1.
    public let share: Double
    /// The share of expected neighbours that `ranges` holds, under the model.
    public let coverage: Double

    /// - Parameters:
    ///   - projections: Of the query at length one (`Hyperplanes.projections`).
    ///   - depth: Of the buckets, at most `ProbeSequence.maxDepth`; 0 reads everything.
    ///   - coverage: Where to stop, below 1.
    ///   - maxShare: Of the key space, 0 to 1: the likeliest buckets within it are taken whatever they cover, at least one.
    ///   - maxRanges: The most runs; the nearest runs are joined across the smallest gaps.
    /// - Complexity: O(2^`depth` log 2^`depth`).
    public init(
        projections: [Double], depth: Int, coverage target: Double, maxShare: Double = 1, maxRanges: Int
    ) {
        let depth = min(depth, Self.maxDepth)
        let likelihoods = Self.likelihoods(projections.prefix(depth))
        let order = likelihoods.indices.sorted { likelihoods[$0] > likelihoods[$1] }
        var covered = 0.0
        var chosen: [UInt32] = []
        let most = max(1, Int(maxShare * Double(order.count)))
        for bucket in order.prefix(most) where covered < target {
            covered += likelihoods[bucket]
            chosen.append(UInt32(bucket))
        }
        let runs = BucketRange.runs(of: chosen.sorted(), atMost: maxRanges)
        ranges = runs.map { BucketRange(depth: depth, prefixes: $0) }
        share = Double(runs.reduce(0) { $0 + $1.count }) / Double(likelihoods.count)
        coverage = runs.joined().reduce(0.0) { $0 + likelihoods[Int($1)] }
    }

    /// Deeper buckets are taken together: choosing among more than 2¹² of them costs more than it saves.
    public static let maxDepth = 12

    /// The probability of each bucket, by prefix. They sum to 1.
    private static func likelihoods(_ projections: ArraySlice<Double>) -> [Double] {
        let cotangent = expectedCosine / (1 - expectedCosine * expectedCosine).squareRoot()
        return projections.reduce([1.0]) { parents, projection in
            let one = normalDistribution(projection * cotangent)
            return parents.flatMap { [$0 * (1 - one), $0 * one] }
        }
    }
}

/// The standard normal distribution function Φ, to 7.5 · 10⁻⁸.
///
/// Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.2.17.
func normalDistribution(_ value: Double) -> Double {
    let magnitude = abs(value)
    guard magnitude < 8 else { return value < 0 ? 0 : 1 }
    let t = 1 / (1 + 0.231_641_9 * magnitude)
    let coefficients = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530]
    let series = coefficients.reduce(0) { ($0 + $1) * t }
    let tail = exponential(-magnitude * magnitude / 2) / (2 * Double.pi).squareRoot() * series
    return value < 0 ? tail : 1 - tail
}

/// e to the power of `value`, for values from −40 to 0, to a part in 10¹². No C library is wanted here.
private func exponential(_ value: Double) -> Double {
    // e^x = (e^(x/1024))^1024; the series of the small power ends quickly.
    let small = value / 1024
    var (term, sum) = (1.0, 1.0)
    for index in 1...6 {
        term *= small / Double(index)
        sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
}

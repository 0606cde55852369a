/// How near two vectors are. A score is larger for what is nearer, in every metric.
public enum Metric: String, Sendable, CaseIterable {
    /// The cosine of the angle, −1 to 1. Not defined for a vector of zeros.
    case cosine
    /// The negated Euclidean distance, at most 0.
    case euclidean
    /// The inner product.
    case dot

    /// The score of two vectors of one dimension, computed from their float32 components.
    ///
    /// - Complexity: O(dimension).
    public func score(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Float {
        switch self {
        case .cosine:
            let (product, squares) = productAndSquares(left, right)
            let norms = squares.squareRoot()
            return norms > 0 ? Float(max(-1, min(1, product / norms))) : 0
        case .euclidean: return finite(-squaredDistance(left, right).squareRoot())
        case .dot: return finite(innerProduct(left, right))
        }
    }

    /// Components may be as large as float32 bears, and then a score would be infinite: it stays at the last finite number.
    private func finite(_ score: Double) -> Float {
        let largest = Double(Float.greatestFiniteMagnitude)
        return Float(max(-largest, min(largest, score)))
    }

    /// The distance that belongs to a score, smaller for what is nearer: `1 − cosine`, the Euclidean
    /// distance, or the negated inner product.
    public func distance(ofScore score: Float) -> Float {
        switch self {
        case .cosine: 1 - score
        case .euclidean, .dot: score == 0 ? 0 : -score
        }
    }
}

/// How near two vectors are. A score is larger for what is nearer, in every metric.
public enum Metric: String, Sendable, CaseIterable {
    /// The cosine of the angle, −1 to 1.
    case cosine
    /// The negated Euclidean distance, at most 0.
    case euclidean
    /// The inner product.
    case dot
}

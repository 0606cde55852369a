/// The rank that so many vectors surely reach: of the lower bounds offered, the `places`-th largest.
///
/// Whatever has an upper bound below it is surely behind `places` others.
public struct RankFloor: Sendable {
    private var largest: SmallestOnTop

    /// - Parameter places: At least 1.
    public init(places: Int) { largest = SmallestOnTop(capacity: places) }

    /// −∞ until as many were offered as there are places.
    public var rank: Double { largest.isFull ? largest.smallest : -.infinity }

    /// - Complexity: O(log places), and O(1) for a bound that is not among the largest.
    public mutating func offer(_ lower: Double) { largest.offer(lower) }
}

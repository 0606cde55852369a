/// Which of many estimated vectors to score exactly.
///
/// Kept are all whose estimate, raised by `deviations` standard deviations, reaches the estimate of the
/// `limit`-th best: with estimates that are nearly normal, one that is left out belongs among the best
/// with a probability below Φ(−`deviations`), and mostly far below.
public struct Shortlist: Sendable {
    /// Measured on sentence embeddings at 384 dimensions and one bit (limit 10): among 40,000 vectors 2.0 keeps 60, 2.5 keeps 93 and
    /// 3.0 keeps 142; among 100,000, 2.0 finds 0.995 of the true ten and 2.5 finds 0.998. With two bits 2.25 keeps 28 and 2.75 keeps 35.
    /// Among vectors of noise, whose neighbours are hardly nearer than the rest, 2.25 found 0.975 in one of many tests.
    public static let deviations = 2.75

    /// How many standard deviations leave out one of the nearest with a chance of 1 - `recall`, which is at least 0.5.
    public static func deviations(forRecall recall: Double) -> Double {
        var (low, high) = (0.0, deviations)
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if normalDistribution(middle) < recall { low = middle } else { high = middle }
        }
        return high
    }

    /// Indices into the estimates, best first.
    public let indices: [Int]

    /// - Parameters:
    ///   - limit: How many the search wants, at least 1.
    ///   - deviations: As many as `deviations` or fewer.
    /// - Complexity: O(n log n) over the estimates that are kept, O(n) over the rest.
    public init(
        _ estimates: [SketchQuery.Estimate], limit: Int, deviations: Double = Shortlist.deviations
    ) {
        guard estimates.count > limit else {
            indices = estimates.indices.sorted { estimates[$0].rank > estimates[$1].rank }
            return
        }
        let threshold = Self.rank(ofPlace: limit, estimates)
        indices = estimates.indices
            .filter { estimates[$0].rank + deviations * estimates[$0].error >= threshold }
            .sorted { estimates[$0].rank > estimates[$1].rank }
    }

    /// Which others to score as well, once the best are known exactly: those that leave the least chance that
    /// a neighbour is missed, the likeliest first; none when that chance is small already.
    ///
    /// For each the estimate tells how likely it passes `rank`. The sum over all is how many neighbours seem to be missed: too many
    /// by far, since few vectors really lie so high (24 times too many on sentence embeddings), and so it may
    /// stand at a third of `limit`.
    ///
    /// - Parameters:
    ///   - estimates: Of what has not been scored.
    ///   - rank: The exact rank of the `limit`-th best that has (`SketchQuery.rank(ofScore:)`).
    ///   - tolerance: How many times as many may seem to be missed.
    public init(
        completing estimates: [SketchQuery.Estimate], beyond rank: Double, limit: Int, tolerance: Double = 1
    ) {
        let chances = estimates.map { estimate in
            estimate.error > 0
                ? normalDistribution((estimate.rank - rank) / estimate.error) : (estimate.rank > rank ? 1 : 0)
        }
        var missed = chances.reduce(0, +)
        let tolerated = tolerance * Double(limit)
        guard missed > tolerated / 3 else {
            indices = []
            return
        }
        var chosen: [Int] = []
        for index in chances.indices.sorted(by: { chances[$0] > chances[$1] })
        where missed > tolerated / 6 {
            chosen.append(index)
            missed -= chances[index]
        }
        indices = chosen
    }

    /// The `place`-th largest rank, by a heap of the largest so far.
    private static func rank(ofPlace place: Int, _ estimates: [SketchQuery.Estimate]) -> Double {
        var largest = SmallestOnTop(capacity: place)
        for estimate in estimates { largest.offer(estimate.rank) }
        return largest.smallest
    }
}

/// The largest of the numbers offered, the smallest of them on top of a binary heap.
struct SmallestOnTop: Sendable {
    private var heap: [Double] = []
    private let capacity: Int

    /// - Parameter capacity: At least 1.
    init(capacity: Int) {
        self.capacity = capacity
        heap.reserveCapacity(capacity)
    }

    /// - Precondition: something was offered.
    var smallest: Double { heap[0] }

    /// Whether as many were offered as are kept.
    var isFull: Bool { heap.count == capacity }

    /// - Complexity: O(log capacity), and O(1) for a number that is not among the largest.
    mutating func offer(_ number: Double) {
        if heap.count < capacity {
            heap.append(number)
            rise(heap.count - 1)
        } else if number > heap[0] {
            heap[0] = number
            sink(0)
        }
    }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while 2 * parent + 1 < heap.count {
            var least = 2 * parent + 1
            if least + 1 < heap.count, heap[least + 1] < heap[least] { least += 1 }
            guard heap[least] < heap[parent] else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

import Synchronization

/// How many calls of a store have come one after the other on the way to where a task is: calls at the same time count once.
///
/// Bound to a task where somebody wants to know. What runs at the same time gets a count of its own each (`branch`), from which the
/// task goes on (`join`); `concurrently` does so.
public final class RoundTrips: Sendable {
    @TaskLocal public static var current: RoundTrips?

    private let calls: Atomic<Int>

    public convenience init() { self.init(from: 0) }

    private init(from count: Int) { calls = Atomic(count) }

    public var count: Int { calls.load(ordering: .relaxed) }

    func advance() { calls.add(1, ordering: .relaxed) }

    /// Runs what begins when `count` calls have been made, and gives how many there are at its end.
    public static func branch<Output>(
        from count: Int, _ body: () async throws -> Output
    ) async rethrows -> (output: Output, count: Int) {
        let trips = RoundTrips(from: count)
        let output = try await $current.withValue(trips, operation: body)
        return (output, trips.count)
    }

    /// Goes on from the end of a branch, if it is the farthest.
    public func join(_ count: Int) { calls.max(count, ordering: .relaxed) }
}

import FoundationEssentials

/// Time and chance, which tests replace.
struct Surroundings: Sendable {
    /// The wall clock: after a Lambda function was frozen, deadlines and signatures have to know.
    var now: @Sendable () -> Date = { Date() }
    var sleep: @Sendable (Duration) async throws(CancellationError) -> Void = {
        duration throws(CancellationError) in
        do { try await Task.sleep(for: duration) } catch { throw CancellationError() }
    }
    /// From `0 ..< 1`.
    var chance: @Sendable () -> Double = { .random(in: 0..<1) }

    static let system = Surroundings()
}

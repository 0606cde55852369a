/// When a request that failed is sent again. A pure decision: chance is an argument.
///
/// Waits grow twofold and are drawn evenly from zero up ("full jitter"), so that clients that failed together do not come
/// back together. Where the answer says when to come back, that goes before, and the jitter comes on top.
///
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
public struct RetryPolicy: Sendable {
    /// Attempts of one request, the first included.
    public var attempts = 8
    /// The longest wait before the second attempt.
    public var base = Duration.milliseconds(100)
    /// The longest wait before any attempt, unless an answer asks for a longer one.
    public var cap = Duration.seconds(10)
    /// The longest wait that an answer may ask for.
    public var longestAsked = Duration.seconds(60)

    public init() {}

    /// How long to wait before the next attempt; nil to give up.
    ///
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed, from 1.
    ///   - asked: What the answer's `Retry-After` says.
    ///   - chance: From `0 ..< 1`.
    func wait(after attempt: Int, asked: Duration? = nil, chance: Double) -> Duration? {
        guard attempt < attempts else { return nil }
        let jitter = min(cap, base * (1 << min(attempt - 1, 20))) * chance
        return min(longestAsked, asked ?? .zero) + jitter
    }
}

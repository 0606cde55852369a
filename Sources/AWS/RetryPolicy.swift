/// Whether to try a failed call again, and after what wait. A pure decision: chance and time are arguments.
///
/// Waits grow twofold and are drawn evenly from zero up ("full jitter"), so that callers who failed together do not come
/// back together.
///
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015; base and attempts as in
/// the AWS SDKs for DynamoDB.
public struct RetryPolicy: Sendable {
    /// Attempts of one call, the first included.
    public var attempts = 10
    /// The longest wait before the second attempt, after a failure of the service.
    public var base = Duration.milliseconds(25)
    /// The same when the service asked to slow down.
    public var throttledBase = Duration.milliseconds(100)
    /// The longest wait before any attempt.
    public var cap = Duration.seconds(5)

    public init() {}

    /// A kind of failure after which another attempt may succeed.
    public enum Failure: Sendable {
        /// No answer, or a broken one. A kept connection may just have gone stale, so the first retry comes at once.
        case noAnswer
        /// The service failed.
        case serviceFailed
        /// The service asked to slow down.
        case throttled
        /// The request was refused for its time or credentials, which the next attempt renews; once is enough.
        case stale
    }

    /// How long to wait before the next attempt; nil to give up.
    ///
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed, from 1.
    ///   - remaining: What is left until the call's deadline.
    ///   - chance: From `0 ..< 1`.
    public func wait(
        after failure: Failure, attempt: Int, remaining: Duration, chance: Double
    ) -> Duration? {
        guard attempt < attempts else { return nil }
        let wait: Duration
        switch failure {
        case .stale:
            if attempt > 1 { return nil }
            wait = .zero
        case .noAnswer: wait = attempt == 1 ? .zero : longest(base, attempt - 1) * chance
        case .serviceFailed: wait = longest(base, attempt) * chance
        case .throttled: wait = longest(throttledBase, attempt) * chance
        }
        return wait < remaining ? wait : nil
    }

    private func longest(_ base: Duration, _ attempt: Int) -> Duration {
        min(cap, base * (1 << min(attempt - 1, 20)))
    }
}

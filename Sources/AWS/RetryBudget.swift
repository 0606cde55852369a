import Synchronization

/// Tokens that retries cost and successes earn, for all calls of a client: when most calls fail it stops
/// retrying, and so stops making an outage worse.
///
/// Source: the AWS SDKs' "standard" retry mode (capacity 500, 5 a retry).
public final class RetryBudget: Sendable {
    private let tokens: Mutex<Int>
    private let capacity: Int
    private static let retryCost = 5

    public init(capacity: Int = 500) {
        self.capacity = capacity
        tokens = Mutex(capacity)
    }

    /// Takes the cost of one retry; false when there are too few tokens.
    public func takeRetry() -> Bool {
        tokens.withLock { tokens in
            if tokens < Self.retryCost { return false }
            tokens -= Self.retryCost
            return true
        }
    }

    /// Gives a token for a call that succeeded at once, and the cost of its last retry for one that did later.
    public func recordSuccess(afterRetry: Bool) {
        let earned = afterRetry ? Self.retryCost : 1
        tokens.withLock { $0 += min(earned, capacity - $0) }
    }
}

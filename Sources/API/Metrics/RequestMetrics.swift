import Synchronization

/// Counts what the API has answered, by operation, for `GET /metrics`.
///
/// A process counts for itself, from its start. What it keeps does not grow with traffic: operations and
/// statuses are few.
final class RequestMetrics: Sendable {
    /// The upper ends of the buckets of durations, in seconds.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    struct Durations: Sendable {
        /// How many took at most as long as the bound of this place, and longer than that before it; the last took longer than all.
        fileprivate(set) var counts = [Int](repeating: 0, count: RequestMetrics.bounds.count + 1)
        fileprivate(set) var seconds = 0.0

        var count: Int { counts.reduce(0, +) }
    }

    struct Answers: Hashable, Sendable {
        let operation: String
        let status: Int
    }

    struct Totals: Sendable {
        fileprivate(set) var answers: [Answers: Int] = [:]
        fileprivate(set) var durations: [String: Durations] = [:]
        fileprivate(set) var bytesIn: [String: Int] = [:]
        fileprivate(set) var bytesOut: [String: Int] = [:]
    }

    private let state = Mutex(Totals())

    var totals: Totals { state.withLock { $0 } }

    func record(_ exchange: Exchange) {
        let operation = exchange.operationId ?? "none"
        state.withLock { totals in
            totals.answers[Answers(operation: operation, status: exchange.status), default: 0] += 1
            totals.durations[operation, default: Durations()].add(exchange.duration / .seconds(1))
            totals.bytesIn[operation, default: 0] += exchange.bytesIn
            totals.bytesOut[operation, default: 0] += exchange.bytesOut
        }
    }
}

/// A request that has been answered, as metrics tell of it.
public struct Exchange: Sendable {
    /// Nil when no route was found.
    public var operationId: String?
    public var status: Int
    public var duration: Duration
    /// Of the bodies.
    public var bytesIn: Int
    public var bytesOut: Int
}

extension RequestMetrics.Durations {
    fileprivate mutating func add(_ duration: Double) {
        let bucket = RequestMetrics.bounds.firstIndex { duration <= $0 } ?? RequestMetrics.bounds.count
        counts[bucket] += 1
        seconds += duration
    }
}

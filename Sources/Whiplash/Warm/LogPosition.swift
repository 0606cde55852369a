import Storage

/// How far a reader has followed the logs of a collection.
enum LogPosition: Sendable {
    /// The number of the last row applied, for each log.
    case numbered([UInt64])
    /// Everything up to `readAt` (milliseconds since 1970) is applied; of the time from `lag` before it, these rows.
    case timed(readAt: Int64, applied: Set<String>)

    /// Where to read on in a log, as the least sort key.
    func lowerKey(ofLog number: Int, lag: Int64) -> String {
        switch self {
        case .numbered(let last): LogKey.text(last[number] + 1)
        case .timed(let readAt, _): LogKey.text(UInt64(max(0, readAt - lag)))
        }
    }

    /// Takes rows read from a log, in the order of their keys, and gives those that have not been applied.
    ///
    /// - Returns: Nil when rows between have been dropped.
    mutating func advance(_ rows: [Row], log: Int) -> [Row]? {
        switch self {
        case .numbered(var last):
            var new: [Row] = []
            for row in rows {
                guard let number = LogKey.number(row.key.sort), number <= last[log] + 1 else { return nil }
                // Another search was faster.
                guard number == last[log] + 1 else { continue }
                last[log] = number
                new.append(row)
            }
            self = .numbered(last)
            return new
        case .timed(let readAt, var applied):
            let new = rows.filter { applied.insert($0.key.sort).inserted }
            self = .timed(readAt: readAt, applied: applied)
            return new
        }
    }

    /// Marks all logs as read at `time`; rows that no reader comes upon again are forgotten.
    mutating func finish(readAt time: Int64, lag: Int64) {
        guard case .timed(let readAt, var applied) = self else { return }
        let reached = max(readAt, time)
        if applied.count > 64 {
            let oldest = LogKey.text(UInt64(max(0, reached - 2 * lag)))
            applied = applied.filter { $0 >= oldest }
        }
        self = .timed(readAt: reached, applied: applied)
    }
}

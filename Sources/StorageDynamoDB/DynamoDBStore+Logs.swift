import FoundationEssentials
import Storage

/// Logs are ordered by their writers' clocks: DynamoDB has no counter that costs no request of its own.
extension DynamoDBStore {
    public var logOrder: LogOrder { .timed(lag: LogTimes.lag, life: LogTimes.life) }

    /// Sends writes with what they append as rows of this moment.
    ///
    /// Readers go back by `LogTimes.lag`. When sending took so long that a row may lie farther back, what was appended is
    /// appended again at the time it is then, until it was quick enough; twice in a log is legal, too late is not.
    func placingAppended(
        _ writes: [Write], send: ([Write]) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        var left = writes
        while !left.isEmpty {
            let start = milliseconds
            try await send(left.map { placed($0, at: start) })
            guard milliseconds - start > LogTimes.patience else { return }
            left = writes.filter { if case .append = $0 { true } else { false } }
        }
    }

    private func placed(_ write: Write, at time: Int64) -> Write {
        guard case .append(let attributes, let log, let table) = write else { return write }
        let key = LogKey.text(milliseconds: time, random: .random(in: .min ... .max))
        var row = Row(key: RowKey(partition: log, sort: key), attributes: attributes)
        row.attributes[Row.expiry] = .integer((time + 2 * LogTimes.life) / 1000)
        return .put(row, in: table)
    }

    private var milliseconds: Int64 { Int64(client.surroundings.now().timeIntervalSince1970 * 1000) }
}

/// In milliseconds.
enum LogTimes {
    /// Mostly a write takes a hundredth of this.
    static let patience: Int64 = 5_000
    /// What is left over `patience` is for clocks that differ.
    static let lag: Int64 = 10_000
    /// One hour.
    static let life: Int64 = 3_600_000
}

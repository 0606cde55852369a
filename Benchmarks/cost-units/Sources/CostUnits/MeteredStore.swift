import Storage
import Synchronization

/// What a DynamoDB of on-demand tables would bill of the calls made.
struct Units: Sendable {
    var written = 0.0
    /// Read of change logs.
    var logsRead = 0.0
    /// How many vectors were asked for.
    var vectorCount = 0
    /// Bytes of the rows stored, by their attribute that tells the kind: `v`, `k` or `c`.
    var storedBytes: [String: [Int]] = [:]
}

/// A store in memory that counts as DynamoDB bills, and orders its logs as DynamoDB does.
///
/// A write unit is a KB of a row begun. A read unit is 4 KB begun of a query's page, and half of that for an eventual read.
final class MeteredStore: Store {
    let logOrder = LogOrder.timed(lag: 10_000, life: 3_600_000)
    private let base = MemoryStore()
    private let clock: Clock
    private let units = Mutex(Units())

    init(_ clock: Clock) { self.clock = clock }

    /// What was counted since the last time.
    func taken() -> Units {
        units.withLock { units in
            defer { units = Units() }
            return units
        }
    }

    func createTable(_ table: TableName) async throws(StoreError) { try await base.createTable(table) }

    func deleteTable(_ table: TableName) async throws(StoreError) { try await base.deleteTable(table) }

    func write(_ writes: [Write]) async throws(StoreError) {
        let placed = writes.map(placed)
        units.withLock { for write in placed { $0.count(write) } }
        try await base.write(placed)
    }

    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        units.withLock { $0.count(write) }
        try await base.write(write, if: condition)
    }

    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        units.withLock { $0.vectorCount += addresses.count }
        return try await base.rows(at: addresses, consistency)
    }

    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        let page = try await base.query(query)
        if query.partition.contains(".log.") {
            let bytes = page.rows.reduce(0) { $0 + $1.storedSizeBytes }
            units.withLock { $0.logsRead += readUnits(bytes, query.consistency) }
        }
        return page
    }

    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage { try await base.scan(scan) }

    /// What is appended becomes a row with the time and an expiry, as DynamoDB's store makes it.
    private func placed(_ write: Write) -> Write {
        guard case .append(let attributes, let log, let table) = write else { return write }
        let key = LogKey.text(milliseconds: clock.now, random: .random(in: .min ... .max))
        var row = Row(key: RowKey(partition: log, sort: key), attributes: attributes)
        row.attributes["expires"] = .integer(clock.now / 1000)
        return .put(row, in: table)
    }
}

private func readUnits(_ bytes: Int, _ consistency: Consistency) -> Double {
    let strong = Double(max(1, (bytes + 4095) / 4096))
    return consistency == .strong ? strong : strong / 2
}

extension Units {
    fileprivate mutating func count(_ write: Write) {
        guard case .put(let row, _) = write else {
            written += 1
            return
        }
        written += Double((row.storedSizeBytes + 1023) / 1024)
        for kind in ["v", "k", "c"] where row.attributes[kind] != nil {
            storedBytes[kind, default: []].append(row.storedSizeBytes)
        }
    }
}

/// A time that passes when it is told to: milliseconds since 1970.
final class Clock: Sendable {
    private let time = Atomic<Int64>(1_790_000_000_000)

    var now: Int64 { time.load(ordering: .relaxed) }

    func advance(milliseconds: Int64) { time.add(milliseconds, ordering: .relaxed) }
}

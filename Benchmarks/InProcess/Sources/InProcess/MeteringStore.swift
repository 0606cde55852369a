import Storage
import Synchronization

/// What searches have read of a store.
struct ReadMeter: Encodable {
    /// Of rows, as DynamoDB counts them.
    var bytes = 0
    var vectors = 0
}

/// A store that counts what is read of another.
final class MeteringStore<Base: Store>: Store {
    private let base: Base
    private let meter = Mutex(ReadMeter())
    var logOrder: LogOrder { base.logOrder }
    var revision: Int64? { base.revision }
    var readingExecutor: (any TaskExecutor)? { base.readingExecutor }

    init(_ base: Base) { self.base = base }

    /// What was read since the last time.
    func taken() -> ReadMeter {
        meter.withLock { meter in
            defer { meter = ReadMeter() }
            return meter
        }
    }

    func createTable(_ table: TableName) async throws(StoreError) { try await base.createTable(table) }
    func deleteTable(_ table: TableName) async throws(StoreError) { try await base.deleteTable(table) }
    func write(_ writes: [Write]) async throws(StoreError) { try await base.write(writes) }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await base.write(write, if: condition)
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        let rows = try await base.rows(at: addresses, consistency)
        count(rows.compactMap(\.self))
        return rows
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        let page = try await base.query(query)
        count(page.rows)
        return page
    }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        let page = try await base.scan(scan)
        count(page.rows)
        return page
    }

    private func count(_ rows: [Row]) {
        let bytes = rows.reduce(0) { $0 + $1.storedSizeBytes }
        let vectors = rows.count { $0.attributes["v"] != nil }
        meter.withLock { meter in
            meter.bytes += bytes
            meter.vectors += vectors
        }
    }
}

import Storage
import Synchronization

/// A memory store of which one kind of call can be made to fail, as if the process had died there.
final class BreakingStore: Store {
    enum Call { case createTable, deleteTable, write }

    private let base = MemoryStore()
    private let broken = Mutex<Call?>(nil)

    func breaking(_ call: Call, _ body: () async -> Void) async {
        broken.withLock { $0 = call }
        await body()
        broken.withLock { $0 = nil }
    }

    private func check(_ call: Call) throws(StoreError) {
        if broken.withLock({ $0 }) == call {
            throw .unavailable(store: "breaking", reason: "broken on purpose")
        }
    }

    func createTable(_ table: TableName) async throws(StoreError) {
        try check(.createTable)
        try await base.createTable(table)
    }
    func deleteTable(_ table: TableName) async throws(StoreError) {
        try check(.deleteTable)
        try await base.deleteTable(table)
    }
    func write(_ writes: [Write]) async throws(StoreError) {
        try check(.write)
        try await base.write(writes)
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await base.write(write, if: condition)
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try await base.rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage { try await base.query(query) }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage { try await base.scan(scan) }
}

/// A store whose eventual reads answer from the past: from before the last `refresh`.
final class LaggingStore: Store {
    private let current = MemoryStore()
    private let past = MemoryStore()
    private let pending = Mutex<[[Write]]>([])

    /// Lets eventual reads see everything written so far.
    func refresh() async throws {
        let batches = pending.withLock { batches in
            defer { batches = [] }
            return batches
        }
        for batch in batches { try await past.write(batch) }
    }

    func createTable(_ table: TableName) async throws(StoreError) {
        try await current.createTable(table)
        try await past.createTable(table)
    }
    func deleteTable(_ table: TableName) async throws(StoreError) {
        try await current.deleteTable(table)
        try await past.deleteTable(table)
    }
    func write(_ writes: [Write]) async throws(StoreError) {
        try await current.write(writes)
        pending.withLock { $0.append(writes) }
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await current.write(write, if: condition)
        pending.withLock { $0.append([write]) }
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try await (consistency == .strong ? current : past).rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try await (query.consistency == .strong ? current : past).query(query)
    }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try await (scan.consistency == .strong ? current : past).scan(scan)
    }
}

/// Counts calls to the store and the writes in them.
final class CountingStore: Store {
    struct Counts: Equatable {
        var calls = 0
        var writes = 0
    }

    private let base = MemoryStore()
    private let counts = Mutex(Counts())

    /// What was counted since the last time.
    func taken() -> Counts {
        counts.withLock { counts in
            defer { counts = Counts() }
            return counts
        }
    }

    private func count(writes: Int = 0) {
        counts.withLock {
            $0.calls += 1
            $0.writes += writes
        }
    }

    func createTable(_ table: TableName) async throws(StoreError) { try await base.createTable(table) }
    func deleteTable(_ table: TableName) async throws(StoreError) { try await base.deleteTable(table) }
    func write(_ writes: [Write]) async throws(StoreError) {
        count(writes: writes.count)
        try await base.write(writes)
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        count(writes: 1)
        try await base.write(write, if: condition)
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        count()
        return try await base.rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        count()
        return try await base.query(query)
    }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        count()
        return try await base.scan(scan)
    }
}

/// Keeps every batch of puts that it stores.
final class RecordingStore: Store {
    private let base = MemoryStore()
    private let recorded = Mutex<[Write]>([])

    var writes: [Write] { recorded.withLock { $0 } }

    func createTable(_ table: TableName) async throws(StoreError) { try await base.createTable(table) }
    func deleteTable(_ table: TableName) async throws(StoreError) { try await base.deleteTable(table) }
    func write(_ writes: [Write]) async throws(StoreError) {
        recorded.withLock { $0 += writes }
        try await base.write(writes)
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await base.write(write, if: condition)
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try await base.rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage { try await base.query(query) }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage { try await base.scan(scan) }
}

import Storage
import Synchronization

/// A store that hands everything on to another; tests say only what they change.
protocol StoreWrapper: Store {
    var base: MemoryStore { get }
}

extension StoreWrapper {
    var logOrder: LogOrder { base.logOrder }
    func createTable(_ table: TableName) async throws(StoreError) { try await base.createTable(table) }
    func deleteTable(_ table: TableName) async throws(StoreError) { try await base.deleteTable(table) }
    func write(_ writes: [Write]) async throws(StoreError) { try await base.write(writes) }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await base.write(write, if: condition)
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try await base.rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage { try await base.query(query) }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage { try await base.scan(scan) }
}

/// A store of which one kind of call can be made to fail, as if the process had died there.
final class BreakingStore: StoreWrapper {
    enum Call { case createTable, deleteTable, write }

    let base = MemoryStore()
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
}

/// A store whose eventual reads answer from the past: from before the last `refresh`.
final class LaggingStore: StoreWrapper {
    let base = MemoryStore()
    let logOrder: LogOrder
    var revision: Int64? { clock == nil ? base.revision : nil }
    private let past = MemoryStore()
    private let pending = Mutex<[[Write]]>([])
    private let clock: TestClock?

    /// - Parameter clock: With one, logs are ordered by its time, as DynamoDB's are.
    init(_ clock: TestClock? = nil) {
        self.clock = clock
        logOrder = clock == nil ? .numbered : .timed(lag: 10_000, life: 3_600_000)
    }

    /// Lets eventual reads see everything written so far.
    func refresh() async throws {
        let batches = pending.withLock { batches in
            defer { batches = [] }
            return batches
        }
        for batch in batches { try await past.write(batch) }
    }

    func createTable(_ table: TableName) async throws(StoreError) {
        try await base.createTable(table)
        try await past.createTable(table)
    }
    func deleteTable(_ table: TableName) async throws(StoreError) {
        try await base.deleteTable(table)
        try await past.deleteTable(table)
    }
    func write(_ writes: [Write]) async throws(StoreError) {
        let placed = writes.map(placed)
        try await base.write(placed)
        pending.withLock { $0.append(placed) }
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await base.write(write, if: condition)
        pending.withLock { $0.append([write]) }
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try await (consistency == .strong ? base : past).rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try await (query.consistency == .strong ? base : past).query(query)
    }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try await (scan.consistency == .strong ? base : past).scan(scan)
    }

    private func placed(_ write: Write) -> Write {
        guard let clock, case .append(let attributes, let log, let table) = write else { return write }
        let key = LogKey.text(milliseconds: clock.now, random: .random(in: .min ... .max))
        return .put(Row(key: RowKey(partition: log, sort: key), attributes: attributes), in: table)
    }
}

/// Counts calls to the store, by kind, and what goes over.
final class CountingStore: StoreWrapper {
    struct Counts: Equatable {
        var calls = 0
        var writes = 0
        var queries = 0
        var rowsRead = 0
    }

    let base = MemoryStore()
    var revision: Int64? { tellsRevision ? base.revision : nil }
    private let tellsRevision: Bool
    private let counts = Mutex(Counts())

    init(tellsRevision: Bool = false) { self.tellsRevision = tellsRevision }

    /// What was counted since the last time.
    func taken() -> Counts {
        counts.withLock { counts in
            defer { counts = Counts() }
            return counts
        }
    }

    private func count(_ change: (inout Counts) -> Void) {
        counts.withLock {
            $0.calls += 1
            change(&$0)
        }
    }

    func write(_ writes: [Write]) async throws(StoreError) {
        count { $0.writes += writes.count }
        try await base.write(writes)
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        count { $0.writes += 1 }
        try await base.write(write, if: condition)
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        count { $0.rowsRead += addresses.count }
        return try await base.rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        let page = try await base.query(query)
        count {
            $0.queries += 1
            $0.rowsRead += page.rows.count
        }
        return page
    }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        count { _ in }
        return try await base.scan(scan)
    }
}

/// Counts the vectors that it gives, by whatever call.
final class VectorMeteringStore: StoreWrapper {
    let base = MemoryStore()
    private let count = Mutex(0)

    /// Vectors given since the last time.
    func taken() -> Int {
        count.withLock { count in
            defer { count = 0 }
            return count
        }
    }

    private func meter(_ rows: some Sequence<Row?>) {
        let vectors = rows.count { $0?.attributes["v"] != nil }
        count.withLock { $0 += vectors }
    }

    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        let rows = try await base.rows(at: addresses, consistency)
        meter(rows)
        return rows
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        let page = try await base.query(query)
        meter(page.rows)
        return page
    }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        let page = try await base.scan(scan)
        meter(page.rows)
        return page
    }
}

/// Keeps every batch of writes that it stores.
final class RecordingStore: StoreWrapper {
    let base = MemoryStore()
    private let recorded = Mutex<[Write]>([])

    var writes: [Write] { recorded.withLock { $0 } }

    func write(_ writes: [Write]) async throws(StoreError) {
        recorded.withLock { $0 += writes }
        try await base.write(writes)
    }
}

/// A store before whose n-th call from now something else happens.
final class InterruptedStore: StoreWrapper {
    typealias Interruption = @Sendable () async throws -> Void

    let base: MemoryStore
    private struct Plan {
        var calls = 0
        var interruptions: [(call: Int, body: Interruption)] = []
    }
    private let plan = Mutex(Plan())

    init(pageRows: Int = 1000) { base = MemoryStore(pageRows: pageRows) }

    /// - Parameter call: 1 is the next one. What throws an error of a store makes the call fail.
    func beforeCall(_ call: Int, _ body: @escaping Interruption) {
        plan.withLock { plan in
            if plan.interruptions.isEmpty { plan.calls = 0 }
            plan.interruptions.append((call, body))
        }
    }

    /// Lets happen what still has not.
    func finish() async throws {
        for interruption in plan.withLock({ plan in
            defer { plan.interruptions = [] }
            return plan.interruptions
        }) { try await interruption.body() }
    }

    private func interrupt() async throws(StoreError) {
        let due = plan.withLock { plan -> [(call: Int, body: Interruption)] in
            plan.calls += 1
            let due = plan.interruptions.filter { $0.call == plan.calls }
            plan.interruptions.removeAll { $0.call == plan.calls }
            return due
        }
        do {
            for interruption in due { try await interruption.body() }
        } catch {
            throw error as? StoreError ?? .unavailable(store: "test", reason: "\(error)")
        }
    }

    func write(_ writes: [Write]) async throws(StoreError) {
        try await interrupt()
        try await base.write(writes)
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await interrupt()
        try await base.write(write, if: condition)
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try await interrupt()
        return try await base.rows(at: addresses, consistency)
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try await interrupt()
        return try await base.query(query)
    }
}

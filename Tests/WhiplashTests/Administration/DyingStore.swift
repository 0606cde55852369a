import Storage
import Synchronization

/// A store on which a process dies at a call of any kind, before it is carried out or after: that call and all that follow fail, until
/// another process comes.
final class DyingStore: Store {
    enum Moment: CaseIterable { case before, after }

    let base: MemoryStore
    let logOrder = LogOrder.numbered
    private struct Life {
        var calls = 0
        var death = Int.max
        var moment = Moment.before
    }
    private let life = Mutex(Life())

    init(pageRows: Int = 1000) { base = MemoryStore(pageRows: pageRows) }

    /// - Parameter call: 1 is the next one.
    func dies(at call: Int, _ moment: Moment) {
        life.withLock { $0 = Life(death: call, moment: moment) }
    }

    /// - Returns: How many calls there were since `dies`.
    @discardableResult
    func revive() -> Int {
        life.withLock { life in
            defer { life = Life() }
            return life.calls
        }
    }

    private func living<Output>(
        _ call: () async throws(StoreError) -> Output
    ) async throws(StoreError) -> Output {
        let (isDead, diesAfter) = life.withLock { life in
            life.calls += 1
            let isLast = life.calls == life.death
            return (
                life.calls > life.death || isLast && life.moment == .before, isLast && life.moment == .after
            )
        }
        if isDead { throw .unavailable(store: "dying", reason: "killed") }
        let output = try await call()
        if diesAfter { throw .unavailable(store: "dying", reason: "killed") }
        return output
    }

    func createTable(_ table: TableName) async throws(StoreError) {
        try await living { () throws(StoreError) in try await base.createTable(table) }
    }
    func deleteTable(_ table: TableName) async throws(StoreError) {
        try await living { () throws(StoreError) in try await base.deleteTable(table) }
    }
    func write(_ writes: [Write]) async throws(StoreError) {
        try await living { () throws(StoreError) in try await base.write(writes) }
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await living { () throws(StoreError) in try await base.write(write, if: condition) }
    }
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?] {
        try await living { () throws(StoreError) in try await base.rows(at: addresses, consistency) }
    }
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try await living { () throws(StoreError) in try await base.query(query) }
    }
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try await living { () throws(StoreError) in try await base.scan(scan) }
    }
}

import Storage
import Testing

@testable import StorageSQLite

/// Two stores on one file, as two processes have them.
@Suite struct SharedFileTests {
    private let folder: TemporaryFolder
    private let table = TableName("shared")

    init() throws { folder = try TemporaryFolder() }

    private func makeStore() throws(StoreError) -> SQLiteStore {
        try SQLiteStore(path: folder.path("shared.db"), busyTimeout: .seconds(60))
    }

    @Test func aFileMadeByManyAtOnceServesThemAll() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let store = try makeStore()
                    try await store.createTable(table)
                    try await store.write([.put(row("p", number), in: table)])
                }
            }
            try await group.waitForAll()
        }
        let page = try await makeStore().query(RangeQuery(table, partition: "p", consistency: .strong))
        #expect(page.rows == (0..<8).map { row("p", $0) })
    }

    @Test func aWriteAcknowledgedByOneIsReadByTheOther() async throws {
        let stores = [try makeStore(), try makeStore()]
        try await stores[0].createTable(table)
        for number in 0..<20 {
            let written = row("p", number)
            try await stores[number % 2].write([.put(written, in: table)])
            let address = RowAddress(table, written.key)
            #expect(try await stores[1 - number % 2].rows(at: [address], .strong) == [written])
        }
    }

    @Test func racingBatchesAreAllStored() async throws {
        let stores = [try makeStore(), try makeStore()]
        try await stores[0].createTable(table)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let batch = (0..<25).map { Write.put(row("\(number)", $0), in: table) }
                    try await stores[number % 2].write(batch)
                }
            }
            try await group.waitForAll()
        }
        let page = try await stores[0].scan(TableScan(table, consistency: .strong))
        #expect(page.rows.count == 1000)
    }

    @Test func racingConditionalWritesLoseNoStep() async throws {
        let stores = [try makeStore(), try makeStore()]
        try await stores[0].createTable(table)
        try await stores[0].write([.put(counter(0), in: table)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { for _ in 0..<10 { try await count(in: stores[number % 2]) } }
            }
            try await group.waitForAll()
        }
        let address = RowAddress(table, counter(0).key)
        #expect(try await stores[1].rows(at: [address], .strong) == [counter(80)])
    }

    private func counter(_ number: Int64) -> Row {
        Row(key: RowKey(partition: "counter", sort: "s"), attributes: ["n": .integer(number)])
    }

    /// Adds one to the counter, however often others come first.
    private func count(in store: SQLiteStore) async throws {
        while try await !countOnce(in: store) {}
    }

    /// False when another came first.
    private func countOnce(in store: SQLiteStore) async throws -> Bool {
        let found = try await store.rows(at: [RowAddress(table, counter(0).key)], .strong)
        let number = try #require(found[0]?.integer("n"))
        let condition = Condition.equals(attribute: "n", .integer(number))
        do {
            try await store.write(.put(counter(number + 1), in: table), if: condition)
        } catch {
            guard case .conflict = error else { throw error }
            return false
        }
        return true
    }
}

func row(_ partition: String, _ number: Int) -> Row {
    let key = RowKey(
        partition: partition, sort: "s" + String(repeating: "0", count: number < 10 ? 1 : 0) + "\(number)")
    return Row(key: key, attributes: ["n": .integer(Int64(number))])
}

import Storage
import Testing

@testable import StorageSQLite

@Suite struct ReadingConnectionsTests {
    @Test("No statement stays of tables that are gone")
    func statementsGo() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.path("a.db"), readerCount: 1)
        for number in 0..<40 {
            let table = TableName("T\(number)")
            try await store.createTable(table)
            let key = RowKey(partition: "p", sort: "s")
            #expect(try await store.rows(at: [RowAddress(table, key)], .strong) == [nil])
            try await store.deleteTable(table)
        }
        let kept = try store.readers.read { database in
            try RawStatement("SELECT COUNT(*) FROM sqlite_stmt", in: database).run([]) { statement in
                try statement.step() ? statement.integer(ofColumn: 0) : nil
            }
        }
        #expect(try #require(kept) < 10, "40 tables were read")
    }

    @Test("Reads at the same time have connections of their own, and further ones wait")
    func readsAtTheSameTime() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.path("a.db"), readerCount: 3)
        let table = TableName("T")
        try await store.createTable(table)
        try await store.write([.put(Row(key: RowKey(partition: "p", sort: "s"), attributes: [:]), in: table)])
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    let address = RowAddress(table, RowKey(partition: "p", sort: "s"))
                    return try await store.rows(at: [address], .strong).compactMap(\.self).count
                }
            }
            for try await count in group { #expect(count == 1) }
        }
    }
}

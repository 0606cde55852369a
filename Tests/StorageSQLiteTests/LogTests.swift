import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite struct LogTests {
    @Test("A log keeps its last megabytes, and numbers go on as if nothing had been dropped")
    func shortening() async throws {
        let folder = try TemporaryFolder()
        let table = TableName("table")
        let store = try SQLiteStore(path: folder.path("a.db"))
        try await store.createTable(table)
        let bytes = [UInt8](repeating: 1, count: 100_000)
        let appended = 64
        for _ in 0..<appended / 16 {
            try await store.write(
                (0..<16).map { _ in .append(["b": .bytes(bytes)], toLog: "log", in: table) })
        }
        let rows = try await allRows(store, table)
        let numbers = rows.compactMap { LogKey.number($0.key.sort) }
        #expect(numbers.last == UInt64(appended))
        #expect(numbers == Array(numbers[0]...UInt64(appended)), "what is left has no gaps")
        #expect(rows.count * 100_000 <= LogSize.bytes && (rows.count + 2) * 100_000 > LogSize.bytes)
        let other = try SQLiteStore(path: folder.path("a.db"))
        try await other.write([.append([:], toLog: "log", in: table)])
        #expect(try await allRows(store, table).last?.key.sort == LogKey.text(UInt64(appended) + 1))
    }

    private func allRows(_ store: SQLiteStore, _ table: TableName) async throws -> [Row] {
        var query = RangeQuery(table, partition: "log", consistency: .strong)
        var rows: [Row] = []
        repeat {
            let page = try await store.query(query)
            rows += page.rows
            query.after = page.next
        } while query.after != nil
        return rows
    }
}

import Storage
import Testing

@testable import StorageSQLite

/// Large values lie in a table of their own; rows do not show where theirs is.
@Suite struct LargeValueTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let table = TableName("Large")

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.path("a.db"))
        try await store.createTable(table)
    }

    private func row(_ name: String, _ bytes: Int) -> Row {
        Row(
            key: RowKey(partition: name, sort: "s"),
            attributes: ["v": .bytes((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 7) })])
    }

    /// The numbers of the values that lie apart.
    private func numbers() throws -> [Int64] {
        let sql = "SELECT n FROM \"\(RowTable(name: table).storedValuesName)\" ORDER BY n"
        return try store.readers.read { database in
            try RawStatement(sql, in: database).run([]) { statement in
                var numbers: [Int64] = []
                while try statement.step() { numbers.append(statement.integer(ofColumn: 0) ?? -1) }
                return numbers
            }
        }
    }

    private func expectContents(_ rows: [Row]) async throws {
        let addresses = rows.map { RowAddress(table, $0.key) }
        #expect(try await store.rows(at: addresses, .strong) == rows)
        #expect(try await store.scan(TableScan(table, consistency: .strong)).rows == rows)
        for row in rows {
            let query = RangeQuery(table, partition: row.key.partition, consistency: .strong)
            #expect(try await store.query(query).rows == [row])
        }
    }

    @Test func aRowThatGrowsAndShrinksIsAlwaysTheLastOneAndLeavesNothingBehind() async throws {
        for bytes in [10, 600, 500, 505, 510, 5_000, 40_000, 700, 0, 100_000, 1, 2_000] {
            try await store.write([.put(row("a", bytes), in: table)])
            try await expectContents([row("a", bytes)])
            let encoded = AttributeCodec.encode(row("a", bytes).attributes).count
            #expect(try numbers().count == (encoded > RowTable.largeBytes ? 1 : 0), "\(bytes) bytes")
        }
        try await store.write([.delete(row("a", 0).key, in: table)])
        #expect(try numbers().isEmpty)
    }

    @Test func aRowWhoseValueIsGoneIsUnreadableByItsKeyAndInPages() async throws {
        let lost = row("a", 2_000)
        try await store.write([.put(lost, in: table)])
        let sql = "DELETE FROM \"\(RowTable(name: table).storedValuesName)\""
        try await store.writer.writeWithoutTransaction { try $0.execute(sql: sql) }
        await expectMissing { () throws(StoreError) in
            _ = try await store.rows(at: [RowAddress(table, lost.key)], .strong)
        }
        await expectMissing { () throws(StoreError) in
            _ = try await store.scan(TableScan(table, consistency: .strong))
        }
    }

    private func expectMissing(_ read: () async throws(StoreError) -> Void) async {
        do {
            try await read()
            Issue.record("read in spite of the missing value")
        } catch {
            guard case .unreadable(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason == "a row's value is missing from the file")
        }
    }

    @Test func aReplacedValueStaysWhereItWas() async throws {
        for name in ["a", "b", "c"] { try await store.write([.put(row(name, 2_000), in: table)]) }
        let before = try numbers()
        try await store.write([.put(row("b", 3_000), in: table)])
        let stored = row("a", 2_000).attributes["v"] ?? .integer(0)
        try await store.write(.put(row("a", 2_500), in: table), if: .equals(attribute: "v", stored))
        #expect(try numbers() == before)
        try await expectContents([row("a", 2_500), row("b", 3_000), row("c", 2_000)])
    }

    @Test func valuesAreRemovedWithTheirRowsWhateverRemovesThem() async throws {
        let rows = (0..<4).map { row("r\($0)", 2_000) }
        try await store.write(rows.map { .put($0, in: table) })
        try await store.write([.delete(rows[0].key, in: table)])
        try await store.write([
            .deleteMatching(rows[1].key, in: table, attribute: "v", equals: .integer(1)),
            .deleteMatching(
                rows[2].key, in: table, attribute: "v", equals: rows[2].attributes["v"] ?? .integer(0)),
        ])
        try await expectContents([rows[1], rows[3]])
        #expect(try numbers().count == 2)
        try await store.deleteTable(table)
        try await store.createTable(table)
        #expect(try numbers().isEmpty)
    }
}

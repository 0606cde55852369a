import Storage
import Testing

@testable import StorageSQLite

/// Rows of large batches lie in the delta until it is merged; readers see no difference.
@Suite struct DeltaTests {
    private let folder: TemporaryFolder
    private let table = RowTable(name: TableName("Batches"))

    init() throws { folder = try TemporaryFolder() }

    private func open(_ limits: DeltaLimits = DeltaLimits(batchRows: 4, bytes: 2_000)) async throws
        -> SQLiteStore
    {
        let file = DatabaseFile(path: folder.path("a.db"), readerCount: 2, busyTimeout: .seconds(10))
        let store = try SQLiteStore(file, PageLimits(), limits)
        try await store.createTable(table.name)
        return store
    }

    private func put(_ numbers: Range<Int>, bytes: Int = 20) -> [Write] {
        numbers.map { .put(row($0, bytes: bytes), in: table.name) }
    }

    private func row(_ number: Int, bytes: Int = 20) -> Row {
        Row(
            key: RowKey(partition: "p", sort: String(1_000 + number)),
            attributes: ["v": .bytes([UInt8](repeating: UInt8(number & 0xff), count: bytes))])
    }

    private func sorts(in part: String, of store: SQLiteStore) throws -> [String] {
        try store.readers.read { database in
            try RawStatement("SELECT s FROM \"\(part)\" ORDER BY s", in: database).run([]) { statement in
                var sorts: [String] = []
                while try statement.step() { sorts.append(statement.text(ofColumn: 0)) }
                return sorts
            }
        }
    }

    /// The numbers of the rows in the main part, and in the delta.
    private func parts(_ store: SQLiteStore) throws -> (main: [Int], delta: [Int]) {
        let numbers = try [table.storedName, table.storedDeltaName].map { part in
            try sorts(in: part, of: store).compactMap { Int($0) }.map { $0 - 1_000 }
        }
        return (numbers[0], numbers[1])
    }

    private func all(_ store: SQLiteStore) async throws -> [Row] {
        try await store.scan(TableScan(table.name, consistency: .strong)).rows
    }

    @Test("A large batch waits in the delta until it is full, a small one goes to its places")
    func gathers() async throws {
        let store = try await open()
        try await store.write(put(0..<3))
        #expect(try parts(store) == ([0, 1, 2], []))
        // The delta counts as full before the first of its rows.
        try await store.write(put(10..<14))
        #expect(try parts(store) == ([0, 1, 2, 10], [11, 12, 13]))
        try await store.write(put(20..<24))
        #expect(try parts(store).delta == [11, 12, 13, 20, 21, 22, 23])
        for start in stride(from: 100, to: 200, by: 10) { try await store.write(put(start..<start + 10)) }
        let (main, delta) = try parts(store)
        #expect(main.count + delta.count == 111 && main.count > 80 && !delta.isEmpty)
        #expect(try await all(store) == (main + delta).sorted().map { row($0) })
        #expect(try await store.rowCount(of: table.name)?.value == 111)
    }

    @Test("A key stays in the part that has it, whatever writes it")
    func neverInBoth() async throws {
        let store = try await open(DeltaLimits(batchRows: 4, bytes: 20_000))
        try await store.write(put(0..<1))
        try await store.write(put(10..<15))
        #expect(try parts(store) == ([0, 10], [11, 12, 13, 14]))
        try await store.write(put(0..<6, bytes: 30))
        try await store.write(put(11..<12, bytes: 30))
        #expect(try parts(store) == ([0, 10], [1, 2, 3, 4, 5, 11, 12, 13, 14]))
        let changed =
            (0..<6).map { row($0, bytes: 30) } + [row(10), row(11, bytes: 30)] + (12..<15).map { row($0) }
        #expect(try await all(store) == changed)
        let keys = [row(0).key, row(11).key, row(12).key]
        try await store.write(keys.map { .delete($0, in: table.name) })
        #expect(try parts(store) == ([10], [1, 2, 3, 4, 5, 13, 14]))
        #expect(
            try await store.rows(at: keys.map { RowAddress(table.name, $0) }, .strong) == [nil, nil, nil])
    }

    @Test("Large values go with their rows, in either part and after a merge")
    func largeValues() async throws {
        let store = try await open(DeltaLimits(batchRows: 4, bytes: 400))
        for bytes in [2_000, 10, 3_000] {
            for start in [0, 5, 10, 15] { try await store.write(put(start..<start + 5, bytes: bytes)) }
            #expect(try await all(store) == (0..<20).map { row($0, bytes: bytes) })
            #expect(try valueCount(store) == (bytes > RowTable.largeBytes ? 20 : 0))
        }
        try await store.write((0..<20).map { .delete(row($0).key, in: table.name) })
        #expect(try valueCount(store) == 0)
    }

    private func valueCount(_ store: SQLiteStore) throws -> Int {
        let sql = "SELECT COUNT(*) FROM \"\(table.storedValuesName)\""
        return try store.readers.read { database in
            try RawStatement(sql, in: database).run([]) {
                try $0.step() ? Int($0.integer(ofColumn: 0) ?? -1) : -1
            }
        }
    }

    @Test("What another process has left in the delta goes with the first batch")
    func leftByOthers() async throws {
        for start in stride(from: 0, to: 200, by: 10) {
            let store = try await open(DeltaLimits(batchRows: 4, bytes: 1 << 20))
            try await store.write(put(start..<start + 10))
            #expect(try parts(store).delta == Array(start + 1..<start + 10))
        }
    }

    @Test("A file of version 2, which has no deltas, gets them")
    func versionTwo() async throws {
        try await {
            let store = try await open()
            try await store.write(put(0..<3))
            try await store.writer.writeWithoutTransaction { [table] database in
                try database.execute(sql: "DROP TABLE \"\(table.storedDeltaName)\"; PRAGMA user_version = 2")
            }
        }()
        let store = try await open()
        try await store.write(put(10..<15))
        #expect(try parts(store) == ([0, 1, 2, 10], [11, 12, 13, 14]))
        #expect(try await all(store) == [0, 1, 2, 10, 11, 12, 13, 14].map { row($0) })
    }

    @Test("Pages cut anywhere go on behind both parts' rows, up and down")
    func pages() async throws {
        let store = try await open(DeltaLimits(batchRows: 4, bytes: 20_000))
        try await store.write(put(50..<51) + put(0..<3))
        for number in stride(from: 1, to: 60, by: 3) { try await store.write(put(number..<number + 1)) }
        let expected = try await all(store)
        let (main, delta) = try parts(store)
        #expect(!main.isEmpty && delta.count > 2)
        for limit in 1...7 {
            for descending in [false, true] {
                var query = RangeQuery(
                    table.name, partition: "p", lower: "1001", upper: "1055", descending: descending,
                    limit: limit,
                    consistency: .strong)
                var rows: [Row] = []
                repeat {
                    let page = try await store.query(query)
                    #expect(page.rows.count <= limit)
                    rows += page.rows
                    query.after = page.next
                } while query.after != nil
                let range = expected.filter { $0.key.sort >= "1001" && $0.key.sort < "1055" }
                #expect(rows == (descending ? range.reversed() : range))
            }
        }
    }
}

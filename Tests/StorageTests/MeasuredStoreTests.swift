import Storage
import Testing

@Suite struct MeasuredStoreTests {
    private let table = TableName("table")

    private func row(_ sort: String) -> Row {
        Row(key: RowKey(partition: "p", sort: sort), attributes: ["a": .text("four"), "n": .integer(7)])
    }

    private func measured() async throws -> (MeasuredStore, StoreMeter) {
        let meter = StoreMeter()
        let store = MeasuredStore(MemoryStore(pageRows: 2), [meter])
        try await store.createTable(table)
        return (store, meter)
    }

    @Test("What goes over is counted, by calls, rows and the sizes that are billed")
    func counts() async throws {
        let (store, meter) = try await measured()
        let size = row("0").storedSizeBytes
        try await store.write((0..<3).map { .put(row("\($0)"), in: table) })
        try await store.write(.put(row("3"), in: table), if: .absent)
        try await store.write([.delete(row("3").key, in: table)])
        var expected = StoreUsage()
        (expected.calls, expected.rowsWritten, expected.bytesWritten) = (3, 5, 4 * size)
        expected.time = meter.usage.time
        #expect(meter.usage == expected)
        let addresses = ["0", "9"].map { RowAddress(table, RowKey(partition: "p", sort: $0)) }
        _ = try await store.rows(at: addresses, .strong)
        var query = RangeQuery(table, partition: "p", consistency: .eventual)
        query.after = try await store.query(query).next
        _ = try await store.query(query)
        _ = try await store.scan(TableScan(table, consistency: .strong))
        (expected.calls, expected.rowsRead, expected.bytesRead) = (7, 1 + 3 + 2, 6 * size)
        expected.time = meter.usage.time
        #expect(meter.usage == expected)
        #expect(meter.usage.units == nil)
    }

    @Test("A call that fails is a call, and has read and written nothing")
    func failures() async throws {
        let (store, meter) = try await measured()
        try await store.write([.put(row("0"), in: table)])
        let before = meter.usage
        await #expect(throws: StoreError.self) {
            try await store.write(.put(row("0"), in: table), if: .absent)
        }
        #expect(meter.usage.calls == before.calls + 1)
        #expect(meter.usage.rowsWritten == before.rowsWritten)
    }

    @Test("Numbers take a byte for two digits, one for the exponent, one for a sign")
    func sizesOfNumbers() {
        func size(_ number: Int64) -> Int {
            Row(key: RowKey(partition: "", sort: ""), attributes: ["": .integer(number)]).storedSizeBytes - 2
        }
        let sizes: [(Int64, Int)] = [
            (0, 2), (9, 2), (10, 2), (99, 2), (100, 3), (-1, 3), (.min, 12), (.max, 11),
        ]
        for (number, expected) in sizes { #expect(size(number) == expected, "\(number)") }
    }

    @Test("Round trips are calls that wait for each other: of branches the longest counts", arguments: 1...4)
    func roundTrips(width: Int) async throws {
        let (store, _) = try await measured()
        let query = RangeQuery(table, partition: "p", consistency: .strong)
        // How many calls each branch makes.
        let branches = [1, 3, 2, 1]
        let trips = RoundTrips()
        try await RoundTrips.$current.withValue(trips) {
            _ = try await store.query(query)
            _ = try await concurrently(branches, width: width) { count throws(StoreError) in
                for _ in 0..<count { _ = try await store.query(query) }
            }
            _ = try await store.query(query)
        }
        // One before and one after. With all at once the longest branch counts, one after the other all.
        let least = 1 + 3 + 1
        let most = 1 + branches.reduce(0, +) + 1
        switch width {
        case 4: #expect(trips.count == least)
        case 1: #expect(trips.count == most)
        default: #expect((least...most - 1).contains(trips.count))
        }
    }

    @Test func nothingIsCountedWhereNobodyAsks() async throws {
        let (store, _) = try await measured()
        _ = try await store.query(RangeQuery(table, partition: "p", consistency: .strong))
        #expect(RoundTrips.current == nil)
    }
}

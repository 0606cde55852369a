import Storage
import Synchronization
import Testing

@testable import StorageSQLite

/// Rows whose time is over go with commits, by a clock that the tests move.
@Suite struct ExpiryTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let clock = Clock()
    private let table = TableName("expiring")

    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(1000)
        var now: Int64 { seconds.withLock { $0 } }
        func set(_ now: Int64) { seconds.withLock { $0 = now } }
    }

    init() async throws {
        folder = try TemporaryFolder()
        let file = DatabaseFile(path: folder.path("a.db"), readerCount: 1, busyTimeout: .seconds(10))
        store = try SQLiteStore(file, PageLimits(), now: { [clock] in clock.now })
        try await store.createTable(table)
    }

    private func row(_ sort: Int, until time: Int64?) -> Row {
        var row = Row(key: RowKey(partition: "p", sort: "\(sort)"))
        row.attributes[Row.expiry] = time.map { .integer($0) }
        return row
    }

    private func put(_ rows: [Row]) async throws {
        try await store.write(rows.map { .put($0, in: table) })
    }

    private func sorts() async throws -> [String] {
        try await store.query(RangeQuery(table, partition: "p", consistency: .strong)).rows.map(\.key.sort)
    }

    /// A commit that changes nothing.
    private func commit() async throws {
        try await store.write([.delete(RowKey(partition: "-", sort: "-"), in: table)])
    }

    @Test func rowsGoWithTheNextCommitBehindTheirTime() async throws {
        try await put([row(1, until: 1001), row(2, until: 1002), row(3, until: nil)])
        #expect(try await sorts() == ["1", "2", "3"])
        clock.set(1001)
        #expect(try await sorts() == ["1", "2", "3"])
        try await commit()
        #expect(try await sorts() == ["2", "3"])
        clock.set(9999)
        try await commit()
        #expect(try await sorts() == ["3"])
    }

    @Test("A row put again with another time, or none, keeps to the last")
    func theLastTimeCounts() async throws {
        try await put([row(1, until: 1001), row(2, until: 1001), row(3, until: 1005), row(4, until: 1001)])
        try await put([row(1, until: 1003), row(2, until: nil), row(3, until: 1001)])
        try await store.write([.delete(row(4, until: nil).key, in: table)])
        try await put([row(4, until: nil)])
        clock.set(1001)
        try await commit()
        #expect(try await sorts() == ["1", "2", "4"])
        clock.set(1003)
        try await commit()
        #expect(try await sorts() == ["2", "4"])
    }

    @Test("What is much goes in parts, and of a table that is gone nothing is left to do")
    func partsAndRemovedTables() async throws {
        let other = TableName("gone")
        try await store.createTable(other)
        try await store.write([.put(row(1, until: 1000), in: other)])
        try await store.deleteTable(other)
        try await put((0..<(2 * ExpiryList.sweptAtOnce)).map { row($0, until: 2000) })
        clock.set(2000)
        try await commit()
        #expect(try await sorts().count == ExpiryList.sweptAtOnce)
        try await commit()
        try await commit()
        #expect(try await sorts() == [])
    }

    @Test("A file is swept after it was opened again")
    func reopened() async throws {
        try await put([row(1, until: 1001), row(2, until: nil)])
        let file = DatabaseFile(path: folder.path("a.db"), readerCount: 1, busyTimeout: .seconds(10))
        let again = try SQLiteStore(file, PageLimits(), now: { 1001 })
        try await again.write([.delete(RowKey(partition: "-", sort: "-"), in: table)])
        #expect(try await sorts() == ["2"])
    }
}

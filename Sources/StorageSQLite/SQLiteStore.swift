import Storage

import struct Foundation.Date
import class GRDB.Database
import class GRDB.DatabaseQueue

/// The store on one SQLite file, for a laptop or a single server.
///
/// - A batch is one transaction: stored whole or not at all. Writes at the same time share a commit; each commit
///   waits for the disk.
/// - Reads run beside each other and beside the writer (write-ahead log), and always see every acknowledged write.
/// - Several stores, in one or many processes, may use one file; not over a network's file system.
/// - A scan goes through the table by partition and sort key; segments are cut by a hash of the partition.
/// - A log keeps its last megabyte.
/// - Rows whose time is over (`Row.expiry`) go with the next commits, 500 at most with each.
/// - Room left by what is removed is used again; the file does not shrink.
public final class SQLiteStore: Store {
    let writer: DatabaseQueue
    let readers: ReadingConnections
    private let queue: WriteQueue
    private let threads = ReadingThreads()
    /// Closed last, as it stands behind the other connections, and so the one that folds the log in.
    private let watch: ChangeWatch
    let tables: RowTables
    let pageLimits: PageLimits
    public let logOrder = LogOrder.numbered
    public var readingExecutor: (any TaskExecutor)? { threads }
    public var revision: Int64? { watch.version }

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - path: The file. Its folder has to exist and be writable: two more files come beside it while it is open.
    ///   - readerCount: How many reads run at the same time.
    ///   - busyTimeout: How long an access waits for another process before it throws `throttled`.
    /// - Throws: An error that names the path: there is no such folder, it cannot be written, the file is
    ///   damaged, another program's, or a newer version's.
    public convenience init(
        path: String, readerCount: Int = 4, busyTimeout: Duration = .seconds(10)
    ) throws(StoreError) {
        try self.init(
            DatabaseFile(path: path, readerCount: readerCount, busyTimeout: busyTimeout), PageLimits())
    }

    /// - Parameter now: The time in seconds since 1970, which decides what is swept.
    init(
        _ file: DatabaseFile, _ pageLimits: PageLimits, _ deltaLimits: DeltaLimits = DeltaLimits(),
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
    ) throws(StoreError) {
        writer = try file.open()
        readers = ReadingConnections(count: file.readerCount, open: file.openReader)
        tables = RowTables(deltaLimits)
        queue = WriteQueue(writer) { [tables] in try ExpiryList.sweep(tables, at: now(), in: $0) }
        watch = ChangeWatch(path: file.path)
        self.pageLimits = pageLimits
    }

    public func createTable(_ table: TableName) async throws(StoreError) {
        try checkCancellation()
        let table = tables.named(table)
        if try await read({ try table.exists(in: $0) }) { return }
        try await queue.perform(rows: 1) { try $0.execute(sql: table.creation) }
    }

    public func deleteTable(_ table: TableName) async throws(StoreError) {
        try checkCancellation()
        let removal = tables.named(table).removal
        tables.forget(table)
        try await queue.perform(rows: 1) { try $0.execute(sql: removal) }
        readers.forgetStatements()
    }

    public func write(_ writes: [Write]) async throws(StoreError) {
        try checkCancellation()
        if writes.isEmpty { return }
        let ordered = try [Change](writes, tables).inOrderOfPlaces()
        try await queue.perform(rows: writes.count) { database in
            var writers = RowWriters(batchRows: ordered.count, database)
            for change in ordered { try change.apply(to: database, &writers) }
        }
    }

    public func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try checkCancellation()
        let change = try Change(write, tables.named(write.table))
        try await queue.perform(rows: 1) { try change.apply(to: $0, if: condition) }
    }

    public func rows(
        at addresses: [RowAddress], _ consistency: Consistency
    ) async throws(StoreError) -> [Row?] {
        try checkCancellation()
        return try await read { database in
            var readers = RowReaders(tables)
            return try addresses.map { address in
                try readers.attributes(at: address, database)
                    .map { Row(key: address.key, attributes: $0) }
            }
        }
    }

    /// Runs reads on a connection of their own, all in one state of the file.
    func read<Output: Sendable>(
        _ body: @Sendable (Database) throws -> Output
    ) async throws(StoreError) -> Output {
        try await withTaskExecutorPreference(threads) { () async throws(StoreError) in
            try readHere(body)
        }
    }

    private func readHere<Output>(_ body: (Database) throws -> Output) throws(StoreError) -> Output {
        do {
            return try readers.read { database in
                try RawStatement("BEGIN", in: database).run([])
                defer { try? RawStatement("COMMIT", in: database).run([]) }
                return try body(database)
            }
        } catch {
            throw StoreError(error)
        }
    }
}

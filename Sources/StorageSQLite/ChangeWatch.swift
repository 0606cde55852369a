import GRDBSQLite
import Storage
import Synchronization

/// Tells whether anything in the file has changed, by any connection of any process, without reading it.
///
/// A connection of its own asks SQLite for `PRAGMA data_version`, which looks at the head of the shared memory of the
/// write-ahead log: microseconds, and never the disk.
final class ChangeWatch: Sendable {
    /// Used by one thread at a time, as the mutex sees to.
    private struct Connection: @unchecked Sendable {
        var handle: OpaquePointer?
        var statement: OpaquePointer?
    }

    private let connection: Mutex<Connection>

    /// - Parameter path: Of a database in write-ahead mode. When it cannot be opened, nothing is ever told.
    init(path: String) {
        var opened = Connection()
        // Writable, since whoever closes the file last folds the log in.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        if sqlite3_open_v2(path, &opened.handle, flags, nil) == SQLITE_OK {
            let sql = "PRAGMA data_version"
            sqlite3_prepare_v2(opened.handle, sql, -1, &opened.statement, nil)
        }
        connection = Mutex(opened)
    }

    deinit {
        connection.withLock { connection in
            sqlite3_finalize(connection.statement)
            sqlite3_close(connection.handle)
        }
    }

    /// Another number after each commit; nil when it cannot be told.
    var version: Int64? {
        connection.withLock { connection in
            guard let statement = connection.statement else { return nil }
            defer { sqlite3_reset(statement) }
            return sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : nil
        }
    }
}

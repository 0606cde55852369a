import GRDB
import GRDBSQLite
import Storage

/// A prepared statement of one connection, used where rows are many: it reads columns in place.
///
/// The connection keeps it for the next use. Only on the connection's own queue; it is reset after every use.
struct RawStatement {
    /// Holds the handle alive.
    private let statement: Statement
    private var handle: OpaquePointer { statement.sqliteStatement }

    init(_ sql: String, in database: Database) throws {
        statement = try database.cachedStatement(sql: sql)
    }

    /// Binds the arguments, hands the statement to `body` and resets it, whatever happens.
    func run<Output>(_ arguments: [Argument], _ body: (RawStatement) throws -> Output) throws -> Output {
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        for (index, argument) in arguments.enumerated() { try bind(argument, at: Int32(index + 1)) }
        return try body(self)
    }

    /// Runs a statement that gives no rows.
    func run(_ arguments: [Argument]) throws {
        try run(arguments) { statement in while try statement.step() {} }
    }

    /// Runs a statement that gives no rows, and tells how many it has changed.
    func change(_ arguments: [Argument]) throws -> Int {
        try run(arguments)
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }

    enum Argument {
        case text(String)
        case bytes([UInt8])
        case integer(Int64)
    }

    /// Goes on to the next row; false when there is none.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw failure(code)
        }
    }

    /// The bytes of a text or blob column of the current row; they are gone with the next step.
    func withBytes<Output>(
        ofColumn column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Output
    ) rethrows -> Output {
        let start = sqlite3_column_blob(handle, column)
        return try body(
            UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// A text column of the current row.
    func text(ofColumn column: Int32) -> String {
        withBytes(ofColumn: column) { String(decoding: $0, as: UTF8.self) }
    }

    /// A column of the current row that holds a number; nil when it holds something else.
    func integer(ofColumn column: Int32) -> Int64? {
        guard sqlite3_column_type(handle, column) == SQLITE_INTEGER else { return nil }
        return sqlite3_column_int64(handle, column)
    }

    private func bind(_ argument: Argument, at index: Int32) throws {
        let code =
            switch argument {
            case .text(let text): sqlite3_bind_text(handle, index, text, Int32(text.utf8.count), copied)
            case .bytes(let bytes): sqlite3_bind_blob(handle, index, bytes, Int32(bytes.count), copied)
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            }
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        let message = sqlite3_db_handle(handle).flatMap(sqlite3_errmsg).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    /// Tells SQLite to copy what is bound (SQLITE_TRANSIENT, a macro that Swift does not see).
    private var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}

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
    ///
    /// - Parameter arguments: One for each parameter of the statement. They are not copied, and are gone when this returns: a statement is
    ///   stepped in `body` alone.
    func run<Output>(
        _ arguments: some Collection<Argument>, _ body: (RawStatement) throws -> Output
    ) throws -> Output {
        defer { sqlite3_reset(handle) }
        return try withBound(arguments[...], at: 1) { try body(self) }
    }

    private func withBound<Arguments: Collection<Argument>, Output>(
        _ arguments: Arguments, at index: Int32, _ body: () throws -> Output
    ) throws -> Output where Arguments.SubSequence == Arguments {
        guard let argument = arguments.first else { return try body() }
        return try withBound(argument, at: index) {
            try withBound(arguments.dropFirst(), at: index + 1, body)
        }
    }

    private func withBound<Output>(
        _ argument: Argument, at index: Int32, _ body: () throws -> Output
    ) throws -> Output {
        switch argument {
        case .text(var text):
            return try text.withUTF8 { bytes in
                try check(sqlite3_bind_text(handle, index, start(of: bytes), Int32(bytes.count), nil))
                return try body()
            }
        case .bytes(let bytes):
            return try bytes.withUnsafeBufferPointer { bytes in
                try check(sqlite3_bind_blob(handle, index, start(of: bytes), Int32(bytes.count), nil))
                return try body()
            }
        case .integer(let number):
            try check(sqlite3_bind_int64(handle, index, number))
            return try body()
        }
    }

    /// Of nothing as well, as no place means NULL to SQLite.
    private func start(of bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<UInt8> {
        bytes.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// Runs a statement that gives no rows.
    func run(_ arguments: some Collection<Argument>) throws {
        try run(arguments) { statement in while try statement.step() {} }
    }

    /// Runs a statement that gives no rows, and tells how many it has changed.
    func change(_ arguments: some Collection<Argument>) throws -> Int {
        try run(arguments)
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }

    enum Argument {
        case text(String)
        case bytes([UInt8])
        case integer(Int64)

        var byteCount: Int {
            switch self {
            case .text(let text): text.utf8.count
            case .bytes(let bytes): bytes.count
            case .integer: 8
            }
        }
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

    private func failure(_ code: Int32) -> DatabaseError {
        let message = sqlite3_db_handle(handle).flatMap(sqlite3_errmsg).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}

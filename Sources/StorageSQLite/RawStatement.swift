import GRDB
import GRDBSQLite
import Storage

/// A prepared statement of one connection, used where rows are many: its values are read in place.
///
/// The connection keeps it for the next use. Only on the connection's own queue; it is reset after every use.
struct RawStatement {
    /// Holds the handle alive.
    private let statement: Statement
    private var handle: OpaquePointer { statement.sqliteStatement }

    init(_ sql: String, in database: Database) throws {
        statement = try database.cachedStatement(sql: sql)
    }

    /// Binds the arguments, hands a cursor to `body` and resets the statement, whatever happens.
    ///
    /// - Parameter arguments: One for each parameter of the statement. They are not copied, and are gone when this returns: a statement is
    ///   stepped in `body` alone.
    func run<Output>(
        _ arguments: some Collection<Argument>, _ body: (RawCursor) throws -> Output
    ) throws -> Output {
        try withExtendedLifetime(statement) {
            defer { sqlite3_reset(handle) }
            return try withBound(arguments[...], at: 1) { try body(RawCursor(handle: handle)) }
        }
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
        guard code == SQLITE_OK else { throw DatabaseError(code, of: handle) }
    }

    /// Runs a statement that gives no rows.
    func run(_ arguments: some Collection<Argument>) throws {
        try run(arguments) { cursor in while try cursor.step() {} }
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
}

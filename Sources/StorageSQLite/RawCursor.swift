import GRDB
import GRDBSQLite

/// Where a statement stands among the rows that it gives, while it runs.
///
/// It holds nothing alive, so that a copy costs nothing: `RawStatement.run` does.
struct RawCursor {
    let handle: OpaquePointer

    /// Goes on to the next row; false when there is none.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw DatabaseError(code, of: handle)
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
}

extension DatabaseError {
    /// What SQLite says of the last failure on a statement's connection.
    init(_ code: Int32, of statement: OpaquePointer) {
        let message = sqlite3_db_handle(statement).flatMap(sqlite3_errmsg).map { String(cString: $0) }
        self.init(resultCode: ResultCode(rawValue: code), message: message)
    }
}

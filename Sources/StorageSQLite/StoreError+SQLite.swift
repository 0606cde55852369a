import GRDB
import Storage

extension StoreError {
    /// What a failure below means at the port; the one place that knows both vocabularies.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case is CancellationError: self = .cancelled
        case let error as DatabaseError: self.init(error)
        default: self = .unavailableFile("\(error)")
        }
    }

    private init(_ error: DatabaseError) {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .throttled
        case .SQLITE_INTERRUPT, .SQLITE_ABORT: self = .cancelled
        case .SQLITE_FULL: self = .unavailableFile("the disk is full")
        case .SQLITE_IOERR: self = .unavailableFile("the disk reports an error")
        case .SQLITE_CORRUPT: self = .unavailableFile("the file is damaged")
        case .SQLITE_NOTADB: self = .unavailableFile("the file is not a database")
        case .SQLITE_CANTOPEN: self = .unavailableFile("the file cannot be opened")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self = .forbidden(reason: "the file and its folder must be writable")
        case .SQLITE_NOMEM: self = .unavailableFile("memory is short")
        // The message tells of statements and columns, never of values: those are always bound.
        default: self = .unavailableFile(error.message ?? "failure \(error.extendedResultCode.rawValue)")
        }
    }

    static func unavailableFile(_ reason: String) -> StoreError {
        .unavailable(store: "SQLite", reason: reason)
    }
}

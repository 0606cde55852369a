import Foundation
import GRDB
import Storage

/// How the file is opened, and what marks it as ours.
struct DatabaseFile {
    /// What this version writes, and the newest it opens (`PRAGMA user_version`).
    static let version = 3
    /// The letters `WHIP` in the file's header (`PRAGMA application_id`): other programs' databases are left alone.
    static let applicationID = 0x5748_4950
    /// Rows of a vector are some kilobytes: four or more on a page, where 4 KB pages would spill them.
    private static let pageBytes = 16_384
    /// What a connection may keep of the file in memory: one that reads, and the one that writes, which holds what it has changed.
    private static let (readCacheKilobytes, writeCacheKilobytes) = (2_048, 4_096)

    let path: String
    let readerCount: Int
    /// How long an access waits for another process's write.
    let busyTimeout: Duration

    /// The connection that writes; the file is made if it is missing, and its folder is not.
    func open() throws(StoreError) -> DatabaseQueue {
        try checkPlace()
        do {
            return try openPatiently()
        } catch {
            throw named(StoreError(error))
        }
    }

    /// A connection that reads, while the one that writes is open.
    func openReader() throws -> DatabaseQueue {
        var configuration = configuration
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private func checkPlace() throws(StoreError) {
        let url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent().path
        guard isFolder(folder) else { throw .unavailableFile("there is no folder \(folder)") }
        if isFolder(url.path) { throw .unavailableFile("\(path) is a folder") }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// Two processes that make a file at the same time can meet where SQLite itself does not wait.
    private func openPatiently() throws -> DatabaseQueue {
        let deadline = ContinuousClock.now + busyTimeout
        while true {
            do {
                return try openOnce()
            } catch let error as DatabaseError
                where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline
            {
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    private func openOnce() throws -> DatabaseQueue {
        let connection = try DatabaseQueue(path: path, configuration: configuration)
        try connection.writeWithoutTransaction { database in
            // An acknowledged write survives a power cut: each commit waits for the disk.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try mark(database)
        }
        return connection
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout / .seconds(1))
        configuration.journalMode = .wal
        configuration.foreignKeysEnabled = false
        configuration.label = "whiplash"
        // Before the journal is set up, so that a file that is not ours stays as it is.
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA page_size = \(Self.pageBytes)")
            let cacheKilobytes =
                database.configuration.readonly ? Self.readCacheKilobytes : Self.writeCacheKilobytes
            try database.execute(sql: "PRAGMA cache_size = -\(cacheKilobytes)")
            if !database.configuration.readonly { _ = try Self.isMarked(database) }
        }
        return configuration
    }

    private func mark(_ database: Database) throws {
        if !(try Self.isMarked(database)) {
            try database.inTransaction(.immediate) {
                try Self.bringUp(database)
                try database.execute(sql: "PRAGMA application_id = \(Self.applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(Self.version)")
                return .commit
            }
        }
        // A file of before it was there lacks it.
        try database.execute(sql: ExpiryList.creation)
    }

    /// Version 1 kept large values with their keys, which is still read, and version 2 had no deltas: what is written from now on wants their tables.
    private static func bringUp(_ database: Database) throws {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 't:%'"
        for name in try String.fetchAll(database, sql: sql) {
            try database.execute(sql: RowTable(storedName: name).creation)
        }
    }

    /// Whether the file is ours and of this version; false when it is new or older.
    ///
    /// - Throws: `unavailable` or `unreadable` when it is another program's or a newer version's.
    private static func isMarked(_ database: Database) throws -> Bool {
        let (id, version, tables) = try marks(of: database)
        if id == applicationID {
            if version == Self.version { return true }
            if version < Self.version { return false }
            throw StoreError.unreadable(
                reason:
                    "it was written by a newer version (format \(version); this one reads \(Self.version))")
        }
        if id != 0 || version != 0 || tables > 0 {
            throw StoreError.unavailableFile("it is the database of another program")
        }
        return false
    }

    /// The file's id, its version and how many tables it has, all of one moment: another process may be making it.
    private static func marks(of database: Database) throws -> (id: Int, version: Int, tables: Int) {
        var marks = (id: 0, version: 0, tables: 0)
        try database.inTransaction(.deferred) {
            marks.id = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
            marks.version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            marks.tables = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master") ?? 0
            return .commit
        }
        return marks
    }

    /// The error with the file's path, which a person needs at the start.
    private func named(_ error: StoreError) -> StoreError {
        switch error {
        case .unavailable(let store, let reason): .unavailable(store: store, reason: "\(path): \(reason)")
        case .unreadable(let reason): .unreadable(reason: "\(path): \(reason)")
        case .forbidden(let reason): .forbidden(reason: "\(path): \(reason)")
        default: error
        }
    }
}

import Storage
import Synchronization

import class GRDB.Database
import struct GRDB.DatabaseError

/// The SQL of one table of rows: its names in the file, and the statements on it.
///
/// | table | columns | |
/// |---|---|---|
/// | `t:<name>` | `p` partition, `s` sort (TEXT in the order of their bytes, the primary key), `v` | the main part: rows in key order, without a rowid |
/// | `d:<name>` | the same | the delta: rows of the last large batches, until they are merged into the main part |
/// | `v:<name>` | `n` number (the rowid), `v` | large values, in the order in which they came |
///
/// Column `v` of a row holds the attributes as `AttributeCodec` says, or, when they are large, the number under which `v:<name>` has
/// them. Rows in key order then stay short: many on a page, few pages to change by a batch whose keys lie scattered. Large
/// values fill page after page, and one is found with one page read. A key is in the main part or in the delta, never in both.
final class RowTable: Sendable {
    /// Attributes of more bytes than this are kept in the table of large values.
    static let largeBytes = 512

    let name: TableName
    /// The name in the file, without quotes. The prefix keeps clear of names that SQLite and this store
    /// take for themselves; since SQLite does not tell case apart in names, a capital is marked by `^`.
    let storedName: String
    /// The same of the delta, and of the table of large values.
    let storedDeltaName, storedValuesName: String

    let nameHash: UInt64

    let main, delta: RowPart
    let deltaLimits: DeltaLimits
    let deltaFill: DeltaFill
    let count: String
    /// What column `v` of a row has.
    let place: String
    /// A row's attributes, wherever they lie.
    let get: String
    let putValue, replaceValue, deleteValue, getValue: String
    /// Takes the delta into the main part, in key order. A key that a process of a version without deltas has put beside is newer there.
    let merge: String
    let clearDelta: String
    /// The rows of a log up to a key.
    let logRemoval: String
    private let quotedValues: String

    convenience init(name: TableName, _ deltaLimits: DeltaLimits = DeltaLimits()) {
        self.init(name, deltaLimits, name.description.map { $0.isUppercase ? "^\($0)" : "\($0)" }.joined())
    }

    /// The table that the file has under this name.
    convenience init(storedName: String) {
        let marked = String(storedName.dropFirst(2))
        self.init(TableName(marked.filter { $0 != "^" }), DeltaLimits(), marked)
    }

    private init(_ name: TableName, _ deltaLimits: DeltaLimits, _ marked: String) {
        self.name = name
        self.deltaLimits = deltaLimits
        deltaFill = DeltaFill(capacity: deltaLimits.bytes)
        (storedName, storedDeltaName, storedValuesName) = ("t:" + marked, "d:" + marked, "v:" + marked)
        nameHash = stableHash(storedName.utf8)
        let (rows, delta) = (Self.quoted(storedName), Self.quoted(storedDeltaName))
        let values = Self.quoted(storedValuesName)
        main = RowPart(quoted: rows)
        self.delta = RowPart(quoted: delta)
        quotedValues = values
        count = "SELECT (SELECT COUNT(*) FROM \(rows)) + (SELECT COUNT(*) FROM \(delta))"
        place = Self.firstOfBoth(main, self.delta, "v")
        get = Self.firstOfBoth(main, self.delta, "coalesce((SELECT v FROM \(values) WHERE n = row.v), row.v)")
        putValue = "INSERT INTO \(values) (v) VALUES (?)"
        replaceValue = "UPDATE \(values) SET v = ? WHERE n = ?"
        deleteValue = "DELETE FROM \(values) WHERE n = ?"
        getValue = "SELECT v FROM \(values) WHERE n = ?"
        merge = "INSERT OR IGNORE INTO \(rows) SELECT p, s, v FROM \(delta) ORDER BY p, s"
        clearDelta = "DELETE FROM \(delta)"
        logRemoval = "DELETE FROM \(rows) WHERE p = ? AND s <= ?"
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.map { $0 == "\"" ? "\"\"" : "\($0)" }.joined() + "\""
    }

    /// Of the row under a key. The main part, which has nearly all rows, is asked first, and the delta only where it has none.
    private static func firstOfBoth(_ main: RowPart, _ delta: RowPart, _ expression: String) -> String {
        [main, delta].map { "SELECT \(expression) FROM \($0.quoted) AS row WHERE p = ?1 AND s = ?2" }
            .joined(separator: " UNION ALL ") + " LIMIT 1"
    }

    var creation: String {
        """
        \(main.creation);
        \(delta.creation);
        CREATE TABLE IF NOT EXISTS \(quotedValues) (n INTEGER PRIMARY KEY, v BLOB NOT NULL)
        """
    }
    var removal: String {
        [main.quoted, delta.quoted, quotedValues].map { "DROP TABLE IF EXISTS \($0)" }.joined(separator: "; ")
    }

    func exists(in database: Database) throws -> Bool {
        let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return try RawStatement(sql, in: database).run([.text(storedName)]) { try $0.step() }
    }

    /// Runs `body` on the table; a failure that comes of its absence becomes `notFound`.
    func using<Output>(_ database: Database, _ body: () throws -> Output) throws -> Output {
        do {
            return try body()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
            if try exists(in: database) { throw error }
            throw StoreError.notFound(table: name)
        }
    }
}

/// The tables that a store has met: their SQL is made once.
final class RowTables: Sendable {
    private let deltaLimits: DeltaLimits
    private let known = Mutex<[TableName: RowTable]>([:])

    init(_ deltaLimits: DeltaLimits = DeltaLimits()) { self.deltaLimits = deltaLimits }

    func named(_ name: TableName) -> RowTable {
        known.withLock { known in
            if let table = known[name] { return table }
            let table = RowTable(name: name, deltaLimits)
            known[name] = table
            return table
        }
    }

    /// Forgets a table that is gone.
    func forget(_ name: TableName) {
        _ = known.withLock { $0.removeValue(forKey: name) }
    }
}

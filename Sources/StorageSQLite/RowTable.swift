import Storage
import Synchronization

import class GRDB.Database
import struct GRDB.DatabaseError

/// The SQL of one table of rows: its names in the file, and the statements on it.
///
/// | table | columns | |
/// |---|---|---|
/// | `t:<name>` | `p` partition, `s` sort (TEXT in the order of their bytes, the primary key), `v` | rows in key order, without a rowid |
/// | `v:<name>` | `n` number (the rowid), `v` | large values, in the order in which they came |
///
/// Column `v` of a row holds the attributes as `AttributeCodec` says, or, when they are large, the number under which `v:<name>` has
/// them. Rows in key order then stay short: many on a page, few pages to change by a batch whose keys lie scattered. Large
/// values fill page after page, and one is found with one page read.
final class RowTable: Sendable {
    /// Attributes of more bytes than this are kept in the table of large values.
    static let largeBytes = 512

    let name: TableName
    /// The name in the file, without quotes. The prefix keeps clear of names that SQLite and this store
    /// take for themselves; since SQLite does not tell case apart in names, a capital is marked by `^`.
    let storedName: String
    /// The same of the table of large values.
    let storedValuesName: String

    let put, replace, delete, count: String
    /// What column `v` of a row has.
    let place: String
    /// A row's attributes, wherever they lie.
    let get: String
    let putValue, replaceValue, deleteValue, getValue: String
    /// The rows of a log up to a key.
    let logRemoval: String
    private let quoted, quotedValues: String

    convenience init(name: TableName) {
        self.init(name, name.description.map { $0.isUppercase ? "^\($0)" : "\($0)" }.joined())
    }

    /// The table that the file has under this name.
    convenience init(storedName: String) {
        let marked = String(storedName.dropFirst(2))
        self.init(TableName(marked.filter { $0 != "^" }), marked)
    }

    private init(_ name: TableName, _ marked: String) {
        self.name = name
        storedName = "t:" + marked
        storedValuesName = "v:" + marked
        let (rows, values) = (Self.quoted(storedName), Self.quoted(storedValuesName))
        (quoted, quotedValues) = (rows, values)
        put = "INSERT INTO \(rows) (p, s, v) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        replace = "UPDATE \(rows) SET v = ? WHERE p = ? AND s = ?"
        delete = "DELETE FROM \(rows) WHERE p = ? AND s = ?"
        place = "SELECT v FROM \(rows) WHERE p = ? AND s = ?"
        get = """
            SELECT coalesce((SELECT v FROM \(values) WHERE n = place.v), place.v) \
            FROM \(rows) AS place WHERE p = ? AND s = ?
            """
        count = "SELECT COUNT(*) FROM \(rows)"
        logRemoval = "DELETE FROM \(rows) WHERE p = ? AND s <= ?"
        putValue = "INSERT INTO \(values) (v) VALUES (?)"
        replaceValue = "UPDATE \(values) SET v = ? WHERE n = ?"
        deleteValue = "DELETE FROM \(values) WHERE n = ?"
        getValue = "SELECT v FROM \(values) WHERE n = ?"
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.map { $0 == "\"" ? "\"\"" : "\($0)" }.joined() + "\""
    }

    var creation: String {
        """
        CREATE TABLE IF NOT EXISTS \(quoted) \
        (p TEXT NOT NULL, s TEXT NOT NULL, v BLOB NOT NULL, PRIMARY KEY (p, s)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS \(quotedValues) (n INTEGER PRIMARY KEY, v BLOB NOT NULL)
        """
    }
    var removal: String { "DROP TABLE IF EXISTS \(quoted); DROP TABLE IF EXISTS \(quotedValues)" }

    /// Rows of a partition; `bounds` are comparisons of the sort key, as `>= ?`.
    func range(bounds: [String], descending: Bool) -> String {
        let conditions = ["p = ?"] + bounds.map { "s \($0)" }
        return """
            SELECT s, v FROM \(quoted) WHERE \(conditions.joined(separator: " AND ")) \
            ORDER BY s \(descending ? "DESC" : "ASC")
            """
    }

    /// All rows by key; `conditions` are comparisons of the key, such as `p >= ?`.
    func scan(where conditions: [String]) -> String {
        let clause = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND ")) "
        return "SELECT p, s, v FROM \(quoted) \(clause)ORDER BY p, s"
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
    private let known = Mutex<[TableName: RowTable]>([:])

    func named(_ name: TableName) -> RowTable {
        known.withLock { known in
            if let table = known[name] { return table }
            let table = RowTable(name: name)
            known[name] = table
            return table
        }
    }

    /// Forgets a table that is gone.
    func forget(_ name: TableName) {
        _ = known.withLock { $0.removeValue(forKey: name) }
    }
}

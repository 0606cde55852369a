import Storage

import class GRDB.Database
import struct GRDB.DatabaseError

/// The SQL of one table of rows: its name in the file, and the statements on it.
///
/// Every table has the same columns: `p` partition, `s` sort (both TEXT in the order of their bytes, the
/// primary key) and `v`, the attributes as `AttributeCodec` says. There is no rowid: rows lie in key order.
struct RowTable: Sendable {
    let name: TableName
    /// The name in the file, without quotes. The prefix keeps clear of names that SQLite and this store
    /// take for themselves; since SQLite does not tell case apart in names, a capital is marked by `^`.
    let storedName: String
    private let quoted: String

    init(name: TableName) {
        self.name = name
        storedName = "t:" + name.description.map { $0.isUppercase ? "^\($0)" : "\($0)" }.joined()
        quoted = "\"" + storedName.map { $0 == "\"" ? "\"\"" : "\($0)" }.joined() + "\""
    }

    var creation: String {
        """
        CREATE TABLE IF NOT EXISTS \(quoted) \
        (p TEXT NOT NULL, s TEXT NOT NULL, v BLOB NOT NULL, PRIMARY KEY (p, s)) WITHOUT ROWID
        """
    }
    var removal: String { "DROP TABLE IF EXISTS \(quoted)" }
    var put: String { "INSERT OR REPLACE INTO \(quoted) (p, s, v) VALUES (?, ?, ?)" }
    var delete: String { "DELETE FROM \(quoted) WHERE p = ? AND s = ?" }
    var get: String { "SELECT v FROM \(quoted) WHERE p = ? AND s = ?" }

    /// The rows of a log up to a key.
    var logRemoval: String { "DELETE FROM \(quoted) WHERE p = ? AND s <= ?" }

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

    /// Removes the row under a key, if there is one.
    func remove(_ key: RowKey, in database: Database) throws {
        try RawStatement(delete, in: database).run([.text(key.partition), .text(key.sort)])
    }

    /// The attributes of the row under a key, nil when there is none.
    func attributes(at key: RowKey, in database: Database) throws -> [String: StoredValue]? {
        try RawStatement(get, in: database).run([.text(key.partition), .text(key.sort)]) { statement in
            guard try statement.step() else { return nil }
            return try statement.attributes(ofColumn: 0)
        }
    }
}

extension RawStatement {
    func attributes(ofColumn column: Int32) throws -> [String: StoredValue] {
        try withBytes(ofColumn: column) { try AttributeCodec.decode($0) }
    }
}

/// The tables that one call touches; most name the same few a thousand times.
struct RowTables {
    private var known: [TableName: RowTable] = [:]

    mutating func named(_ name: TableName) -> RowTable {
        if let table = known[name] { return table }
        let table = RowTable(name: name)
        known[name] = table
        return table
    }
}

import Storage

import class GRDB.Database

/// Which rows have a time after which they may go (`Row.expiry`), by that time.
///
/// A table `expiring` of the file, whose name no table of rows has, with a line for each time that a row was put with: `e` the time, `t` the
/// table, `p` and `s` the row's key. A line is a hint: the row may have been removed or put with another time since, and is
/// looked at before it goes.
enum ExpiryList {
    static let creation = """
        CREATE TABLE IF NOT EXISTS expiring \
        (e INTEGER NOT NULL, t TEXT NOT NULL, p TEXT NOT NULL, s TEXT NOT NULL, PRIMARY KEY (e, t, p, s)) \
        WITHOUT ROWID
        """
    private static let addition = "INSERT OR IGNORE INTO expiring (e, t, p, s) VALUES (?, ?, ?, ?)"
    private static let removal = "DELETE FROM expiring WHERE e = ? AND t = ? AND p = ? AND s = ?"
    private static let due = "SELECT e, t, p, s FROM expiring WHERE e <= ? ORDER BY e LIMIT ?"

    /// What one commit sweeps at most: it is to delay nobody, and removes more than most commits store.
    static let sweptAtOnce = 500

    static func add(
        _ key: RowKey, of table: RowTable, expiresAt time: Int64, in database: Database
    ) throws {
        try RawStatement(addition, in: database).run(arguments(time, table.name.description, key))
    }

    /// Removes rows whose time is over, those that are longest overdue first.
    ///
    /// - Parameter now: In seconds since 1970.
    static func sweep(_ tables: RowTables, at now: Int64, in database: Database) throws {
        for line in try lines(at: now, in: database) {
            let table = tables.named(TableName(line.table))
            try remove(line.key, of: table, at: now, in: database)
            try RawStatement(removal, in: database).run(arguments(line.time, line.table, line.key))
        }
    }

    private static func lines(
        at now: Int64, in database: Database
    ) throws -> [(time: Int64, table: String, key: RowKey)] {
        try RawStatement(due, in: database).run([.integer(now), .integer(Int64(sweptAtOnce))]) { statement in
            var lines: [(Int64, String, RowKey)] = []
            while try statement.step() {
                let key = RowKey(partition: statement.text(ofColumn: 2), sort: statement.text(ofColumn: 3))
                lines.append((statement.integer(ofColumn: 0) ?? 0, statement.text(ofColumn: 1), key))
            }
            return lines
        }
    }

    private static func remove(_ key: RowKey, of table: RowTable, at now: Int64, in database: Database) throws
    {
        do {
            try table.using(database) {
                guard let stored = try table.attributes(at: key, in: database),
                    Row(key: key, attributes: stored).isExpired(at: now)
                else { return }
                try table.delete(key, in: database)
            }
        } catch let error as StoreError {
            // Its table is gone, and the row with it.
            guard case .notFound = error else { throw error }
        }
    }

    private static func arguments(_ time: Int64, _ table: String, _ key: RowKey) -> [RawStatement.Argument] {
        [.integer(time), .text(table), .text(key.partition), .text(key.sort)]
    }
}

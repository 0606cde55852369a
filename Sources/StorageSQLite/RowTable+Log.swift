import Storage

import class GRDB.Database

/// Logs: numbered by the one writer, inside its transaction, so that numbers have no gaps and rows appear in their order. Their rows are in
/// the main part, where each comes behind the last.
extension RowTable {
    /// Adds a row behind all others of a log. However large, it lies with its key: it goes soon, and is to leave no gap elsewhere.
    func append(_ bytes: [UInt8], toLog log: String, in database: Database) throws {
        let number = try lastNumber(ofLog: log, in: database) + 1
        try RawStatement(main.put, in: database).run([.text(log), .text(LogKey.text(number)), .bytes(bytes)])
        // Counting costs a walk over what stays: the more seldom, the less each row adds.
        let appendsPerLook = max(1, min(256, LogSize.bytes / 4 / bytes.count))
        if number.isMultiple(of: UInt64(appendsPerLook)) { try shorten(log, in: database) }
    }

    /// The number of a log's last row; 0 when it has none.
    private func lastNumber(ofLog log: String, in database: Database) throws -> UInt64 {
        let sql = main.range(descending: true) + " LIMIT 1"
        return try RawStatement(sql, in: database).run([.text(log)]) { statement in
            guard try statement.step() else { return 0 }
            guard let number = LogKey.number(statement.text(ofColumn: 0)) else {
                throw StoreError.unreadable(reason: "log \(log) of table \(name) has a row without a number")
            }
            return number
        }
    }

    /// Drops the rows of a log before its last `LogSize.bytes`.
    private func shorten(_ log: String, in database: Database) throws {
        let sql = main.range(descending: true)
        let cut = try RawStatement(sql, in: database).run([.text(log)]) { statement in
            var bytes = 0
            while try statement.step() {
                bytes += statement.withBytes(ofColumn: 1, \.count)
                if bytes > LogSize.bytes { return Optional(statement.text(ofColumn: 0)) }
            }
            return nil
        }
        guard let cut else { return }
        try RawStatement(logRemoval, in: database).run([.text(log), .text(cut)])
    }
}

enum LogSize {
    /// What a log keeps: ten thousand single writes, and a dozen batches of a thousand. A reader that has missed more reads the
    /// collection anew, which takes a fraction of a second.
    static let bytes = 1 << 20
}

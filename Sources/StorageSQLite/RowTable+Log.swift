import Storage

import class GRDB.Database

/// Logs: numbered by the one writer, inside its transaction, so that numbers have no gaps and rows appear in their order.
extension RowTable {
    /// The number of a log's last row; 0 when it has none.
    func lastNumber(ofLog log: String, in database: Database) throws -> UInt64 {
        let sql = range(bounds: [], descending: true) + " LIMIT 1"
        return try RawStatement(sql, in: database).run([.text(log)]) { statement in
            guard try statement.step() else { return 0 }
            guard let number = LogKey.number(statement.text(ofColumn: 0)) else {
                throw StoreError.unreadable(reason: "log \(log) of table \(name) has a row without a number")
            }
            return number
        }
    }

    /// Drops the rows of a log before its last `LogSize.bytes`. Looks only now and then: counting costs a walk over what stays.
    func shorten(_ log: String, endingAt number: UInt64, in database: Database) throws {
        guard number.isMultiple(of: LogSize.appendsPerLook) else { return }
        let sql = range(bounds: [], descending: true)
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
    /// What a log keeps: many thousand single writes. A reader that has missed more reads the collection anew, which costs no more.
    static let bytes = 4 << 20
    static let appendsPerLook: UInt64 = 256
}

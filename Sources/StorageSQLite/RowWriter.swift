import Storage

import class GRDB.Database

/// Stores rows of one table, with statements that are looked up once.
struct RowWriter {
    private let table: RowTable
    private let database: Database
    /// A batch goes to the delta.
    private let isForDelta: Bool
    /// On the part that new rows go to, on the other part, and on the table of large values.
    private let put, otherHas, putValue: RawStatement

    /// - Parameter batchRows: How many rows are written together.
    init(_ table: RowTable, batchRows: Int, _ database: Database) throws {
        isForDelta = batchRows >= table.deltaLimits.batchRows
        let (part, other) = isForDelta ? (table.delta, table.main) : (table.main, table.delta)
        put = try RawStatement(part.put, in: database)
        otherHas = try RawStatement(other.has, in: database)
        putValue = try RawStatement(table.putValue, in: database)
        (self.table, self.database) = (table, database)
    }

    /// Stores a row, in the place of one with its key.
    ///
    /// - Parameter bytes: Its attributes, encoded.
    func put(_ key: RowKey, _ bytes: [UInt8]) throws {
        let value = try place(bytes)
        let row: [RawStatement.Argument] = [.text(key.partition), .text(key.sort), value]
        let isNew = try !otherHas.run(row.prefix(2)) { try $0.step() } && put.change(row) > 0
        if !isNew {
            try table.replace(key, bytes, value, in: database)
        } else if isForDelta {
            try table.filled(by: row.reduce(0) { $0 + $1.byteCount }, in: database)
        }
    }

    /// What column `v` of the row holds: the bytes, or where they are now.
    private func place(_ bytes: [UInt8]) throws -> RawStatement.Argument {
        guard bytes.count > RowTable.largeBytes else { return .bytes(bytes) }
        try putValue.run(CollectionOfOne(.bytes(bytes)))
        return .integer(database.lastInsertedRowID)
    }
}

/// The writers of one batch, whose rows come table by table.
struct RowWriters {
    private let batchRows: Int
    private let database: Database
    private var last: (table: RowTable, writer: RowWriter)?

    init(batchRows: Int, _ database: Database) { (self.batchRows, self.database) = (batchRows, database) }

    mutating func writer(for table: RowTable) throws -> RowWriter {
        if let last, last.table === table { return last.writer }
        let writer = try RowWriter(table, batchRows: batchRows, database)
        last = (table, writer)
        return writer
    }
}

import Storage

import class GRDB.Database

/// Single rows, and where their attributes lie.
extension RowTable {
    /// Gives a row that is there another value.
    ///
    /// - Parameter value: What its column `v` is to hold: the bytes, or the number under which they have just been put.
    func replace(
        _ key: RowKey, _ bytes: [UInt8], _ value: RawStatement.Argument, in database: Database
    ) throws {
        let former = try valueNumber(at: key, in: database)
        if let former, case .integer(let number) = value {
            // The new value goes where the former one was, so that pages stay full.
            try deleteValue(number, in: database)
            try RawStatement(replaceValue, in: database).run([.bytes(bytes), .integer(former)])
            return
        }
        try changeFirst(\.replace, [value, .text(key.partition), .text(key.sort)], in: database)
        if let former { try deleteValue(former, in: database) }
    }

    func delete(_ key: RowKey, in database: Database) throws {
        let former = try valueNumber(at: key, in: database)
        try changeFirst(\.delete, [.text(key.partition), .text(key.sort)], in: database)
        if let former { try deleteValue(former, in: database) }
    }

    /// Runs a statement on the main part, and on the delta where the main part does not have the row.
    private func changeFirst(
        _ statement: KeyPath<RowPart, String>, _ arguments: [RawStatement.Argument], in database: Database
    ) throws {
        if try RawStatement(main[keyPath: statement], in: database).change(arguments) == 0 {
            try RawStatement(delta[keyPath: statement], in: database).run(arguments)
        }
    }

    /// The attributes of the row under a key, nil when there is none.
    func attributes(at key: RowKey, in database: Database) throws -> Attributes? {
        try RowReader(self, database).attributes(at: key)
    }

    private func deleteValue(_ number: Int64, in database: Database) throws {
        try RawStatement(deleteValue, in: database).run([.integer(number)])
    }

    /// The number of the large value of the row under a key; nil when there is no row, or its value is not large.
    private func valueNumber(at key: RowKey, in database: Database) throws -> Int64? {
        try RawStatement(place, in: database).run([.text(key.partition), .text(key.sort)]) { row in
            try row.step() ? row.integer(ofColumn: 0) : nil
        }
    }
}

/// Reads rows of one table by their keys, with a statement that is looked up once.
struct RowReader {
    private let get: RawStatement

    init(_ table: RowTable, _ database: Database) throws {
        get = try RawStatement(table.get, in: database)
    }

    /// The attributes of the row under a key, nil when there is none.
    func attributes(at key: RowKey) throws -> Attributes? {
        try get.run([.text(key.partition), .text(key.sort)]) { row in
            guard try row.step() else { return nil }
            if row.integer(ofColumn: 0) != nil { throw StoreError.missingValue }
            return try row.withBytes(ofColumn: 0) { try AttributeCodec.decode($0) }
        }
    }
}

/// Reads values of rows that other statements go through, with a statement that is looked up once.
struct ValueReader {
    private let getValue: RawStatement

    init(_ table: RowTable, _ database: Database) throws {
        getValue = try RawStatement(table.getValue, in: database)
    }

    /// Calls `body` with the encoded attributes of the row at which a statement stands, wherever they lie.
    func withValue<Output>(
        of row: RawCursor, column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Output
    ) throws -> Output {
        guard let number = row.integer(ofColumn: column) else {
            return try row.withBytes(ofColumn: column, body)
        }
        return try getValue.run([.integer(number)]) { value in
            guard try value.step() else { throw StoreError.missingValue }
            return try value.withBytes(ofColumn: 0, body)
        }
    }
}

extension StoreError {
    fileprivate static let missingValue = unreadable(reason: "a row's value is missing from the file")
}

/// The readers of one call, which mostly reads one table.
struct RowReaders {
    private let tables: RowTables
    private var last: (table: RowTable, reader: RowReader)?

    init(_ tables: RowTables) { self.tables = tables }

    mutating func attributes(
        at address: RowAddress, _ database: Database
    ) throws -> Attributes? {
        let table =
            if let last, last.table.name == address.table { last.table } else { tables.named(address.table) }
        return try table.using(database) { try reader(table, database).attributes(at: address.key) }
    }

    private mutating func reader(_ table: RowTable, _ database: Database) throws -> RowReader {
        if let last, last.table === table { return last.reader }
        let reader = try RowReader(table, database)
        last = (table, reader)
        return reader
    }
}

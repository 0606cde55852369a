import Storage

import class GRDB.Database

/// A write as the writer applies it: encoded before it waits, since the writer is one for all.
enum Change: Sendable {
    case put(RowKey, [UInt8], in: RowTable)
    case delete(RowKey, in: RowTable)
    case deleteMatching(RowKey, in: RowTable, attribute: String, equals: StoredValue)

    /// - Throws: `tooLarge`, as the port says.
    init(_ write: Write, _ tables: inout RowTables) throws(StoreError) {
        try write.checkSize()
        let table = tables.named(write.address.table)
        switch write {
        case .put(let row, _):
            self = .put(row.key, AttributeCodec.encode(row.attributes), in: table)
        case .delete(let key, _):
            self = .delete(key, in: table)
        case .deleteMatching(let key, _, let attribute, let value):
            self = .deleteMatching(key, in: table, attribute: attribute, equals: value)
        }
    }

    private var table: RowTable {
        switch self {
        case .put(_, _, let table), .delete(_, let table), .deleteMatching(_, let table, _, _): table
        }
    }

    private var key: RowKey {
        switch self {
        case .put(let key, _, _), .delete(let key, _), .deleteMatching(let key, _, _, _): key
        }
    }

    func apply(to database: Database) throws {
        try table.using(database) {
            switch self {
            case .put(let key, let bytes, let table):
                let arguments: [RawStatement.Argument] = [
                    .text(key.partition), .text(key.sort), .bytes(bytes),
                ]
                try RawStatement(table.put, in: database).run(arguments)
            case .delete(let key, let table):
                try delete(key, from: table, in: database)
            case .deleteMatching(let key, let table, let attribute, let value):
                if try table.attributes(at: key, in: database)?[attribute] == value {
                    try delete(key, from: table, in: database)
                }
            }
        }
    }

    /// - Throws: `conflict` when the condition does not hold; nothing is then written.
    func apply(to database: Database, if condition: Condition) throws {
        let stored = try table.using(database) { try table.attributes(at: key, in: database) }
        guard condition.holds(of: stored.map { Row(key: key, attributes: $0) }) else {
            throw StoreError.conflict
        }
        try apply(to: database)
    }

    private func delete(_ key: RowKey, from table: RowTable, in database: Database) throws {
        try RawStatement(table.delete, in: database).run([.text(key.partition), .text(key.sort)])
    }
}

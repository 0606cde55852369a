import Storage

import class GRDB.Database

/// A write as the writer applies it: encoded before it waits, since the writer is one for all.
enum Change: Sendable {
    case put(RowKey, [UInt8], expiresAt: Int64?, in: RowTable)
    case delete(RowKey, in: RowTable)
    case deleteMatching(RowKey, in: RowTable, attribute: String, equals: StoredValue)
    case append([UInt8], toLog: String, in: RowTable)

    /// - Parameter table: The write's.
    /// - Throws: `tooLarge`, as the port says.
    init(_ write: Write, _ table: RowTable) throws(StoreError) {
        try write.checkSize()
        switch write {
        case .put(let row, _):
            self = .put(
                row.key, AttributeCodec.encode(row.attributes), expiresAt: row.expiresAt, in: table)
        case .delete(let key, _):
            self = .delete(key, in: table)
        case .deleteMatching(let key, _, let attribute, let value):
            self = .deleteMatching(key, in: table, attribute: attribute, equals: value)
        case .append(let attributes, let log, _):
            self = .append(AttributeCodec.encode(attributes), toLog: log, in: table)
        }
    }

    private var table: RowTable {
        switch self {
        case .put(_, _, _, let table), .delete(_, let table), .deleteMatching(_, let table, _, _),
            .append(_, _, let table):
            table
        }
    }

    private var key: RowKey? {
        switch self {
        case .put(let key, _, _, _), .delete(let key, _), .deleteMatching(let key, _, _, _): key
        case .append: nil
        }
    }

    func apply(to database: Database) throws {
        var writers = RowWriters(batchRows: 1, database)
        try apply(to: database, &writers)
    }

    func apply(to database: Database, _ writers: inout RowWriters) throws {
        try table.using(database) {
            switch self {
            case .put(let key, let bytes, let expiresAt, let table):
                try writers.writer(for: table).put(key, bytes)
                if let expiresAt { try ExpiryList.add(key, of: table, expiresAt: expiresAt, in: database) }
            case .delete(let key, let table):
                try table.delete(key, in: database)
            case .deleteMatching(let key, let table, let attribute, let value):
                if try table.attributes(at: key, in: database)?[attribute] == value {
                    try table.delete(key, in: database)
                }
            case .append(let bytes, let log, let table):
                try table.append(bytes, toLog: log, in: database)
            }
        }
    }

    /// - Throws: `conflict` when the condition does not hold; nothing is then written.
    func apply(to database: Database, if condition: Condition) throws {
        guard let key else { preconditionFailure("an append takes no condition") }
        let stored = try table.using(database) { try table.attributes(at: key, in: database) }
        guard condition.holds(of: stored.map { Row(key: key, attributes: $0) }) else {
            throw StoreError.conflict
        }
        try apply(to: database)
    }
}

extension [Change] {
    /// - Throws: `tooLarge`, as the port says.
    init(_ writes: [Write], _ tables: RowTables) throws(StoreError) {
        self = []
        reserveCapacity(writes.count)
        // Of two tables mostly, in turn: to look through a few costs less than to hash a name.
        var met: [RowTable] = []
        for write in writes {
            let known = met.first { $0.name == write.table }
            let table = known ?? tables.named(write.table)
            if known == nil { met.append(table) }
            append(try Change(write, table))
        }
    }

    /// Table by table, rows about in the order of their keys, so that a page is met once; what is added to logs comes last, in its own order.
    func inOrderOfPlaces() -> [Change] {
        indices.map { (place: self[$0].place, index: $0) }.sorted { $0.place < $1.place }.map {
            self[$0.index]
        }
    }
}

extension Change {
    /// The first bytes of a key stand near enough to its place.
    fileprivate var place: (table: UInt64, partition: UInt64, sort: UInt64) {
        guard let key else { return (.max, .max, .max) }
        return (table.nameHash, firstBytes(key.partition), firstBytes(key.sort))
    }

    private func firstBytes(_ text: String) -> UInt64 {
        text.utf8.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

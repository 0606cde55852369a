import Storage

import class GRDB.Database

/// Where a page ends: at so many rows or after so many bytes of attributes, whichever comes first.
struct PageLimits: Sendable {
    /// So few that what is made of them stays in the processor's cache.
    var rows = 2_000
    /// 4 MB: large enough that pages cost nothing, small enough for many at the same time.
    var bytes = 4 << 20
}

extension SQLiteStore {
    public func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try checkCancellation()
        let (table, range) = (tables.named(query.table), SortRange(query))
        let limits = limits(query.limit)
        return try await read { database in
            try table.using(database) {
                let (main, delta) = try table.inBothParts(database) {
                    $0.range(where: range.conditions, descending: query.descending)
                }
                let arguments = ([query.partition] + range.values).map(RawStatement.Argument.text)
                let values = try ValueReader(table, database)
                // A page's own: pages read at the same time would count their references in one place, each waiting for the other.
                let partition = String(decoding: Array(query.partition.utf8), as: UTF8.self)
                return try MergedRows.run(
                    main, delta, arguments, keyColumnCount: 1, isDescending: query.descending
                ) { rows in
                    try rows.page(limits, values, valueColumn: 1) {
                        RowKey(partition: partition, sort: $0.text(ofColumn: 0))
                    }
                }
            }
        }
    }

    public func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try checkCancellation()
        let (table, range) = (tables.named(scan.table), KeyRange(scan))
        let limits = limits(scan.limit)
        return try await read { database in
            try table.using(database) {
                let (main, delta) = try table.inBothParts(database) { $0.scan(where: range.conditions) }
                let arguments = range.values.map(RawStatement.Argument.text)
                let values = try ValueReader(table, database)
                return try MergedRows.run(main, delta, arguments, keyColumnCount: 2) { rows in
                    try rows.page(limits, values, valueColumn: 2) {
                        guard scan.segments == 1 || $0.segment(of: scan.segments) == scan.segment else {
                            return nil
                        }
                        return RowKey(partition: $0.text(ofColumn: 0), sort: $0.text(ofColumn: 1))
                    }
                }
            }
        }
    }

    /// Goes through the keys alone: some 30 ms for a million.
    public func rowCount(of table: TableName) async throws(StoreError) -> RowCount? {
        try checkCancellation()
        let table = tables.named(table)
        return try await read { database in
            try table.using(database) {
                let count = try RawStatement(table.count, in: database).run([]) { row in
                    try row.step() ? row.integer(ofColumn: 0) : nil
                }
                return count.map { RowCount(Int($0), isExact: true) }
            }
        }
    }

    private func limits(_ rows: Int?) -> PageLimits {
        var limits = pageLimits
        limits.rows = min(rows ?? limits.rows, limits.rows)
        return limits
    }
}

/// The sort keys of one page: the query's range, cut where the page before ended.
private struct SortRange {
    /// Comparisons of the sort key with the values, which the statement has behind the partition.
    private(set) var conditions: [String] = []
    private(set) var values: [String] = []

    init(_ query: RangeQuery) {
        var (lower, upper) = (query.lower.map { (">=", $0) }, query.upper.map { ("<", $0) })
        if let after = query.after?.sort {
            if query.descending {
                if upper.map({ after.precedes($0.1) }) ?? true { upper = ("<", after) }
            } else if lower.map({ !after.precedes($0.1) }) ?? true {
                lower = (">", after)
            }
        }
        for (comparison, value) in [lower, upper].compactMap({ $0 }) {
            values.append(value)
            conditions.append("s \(comparison) ?\(values.count + 1)")
        }
    }
}

/// The keys of one page of a scan: those of its prefix, behind the page before.
private struct KeyRange {
    /// Comparisons of the key with the values.
    private(set) var conditions: [String] = []
    private(set) var values: [String] = []

    init(_ scan: TableScan) {
        if let after = scan.after {
            conditions.append("(p, s) > (?1, ?2)")
            values += [after.partition, after.sort]
        }
        guard let prefix = scan.prefix else { return }
        // The greater of two lower bounds, so that SQLite begins there.
        if scan.after.map({ $0.partition.precedes(prefix) }) ?? true {
            (conditions, values) = (["p >= ?1"], [prefix])
        }
        if let end = prefix.endOfPrefix {
            values.append(end)
            conditions.append("p < ?\(values.count)")
        }
    }
}

extension RowTable {
    /// A statement for each part.
    fileprivate func inBothParts(
        _ database: Database, _ sql: (RowPart) -> String
    ) throws -> (main: RawStatement, delta: RawStatement) {
        (try RawStatement(sql(main), in: database), try RawStatement(sql(delta), in: database))
    }
}

extension MergedRows {
    /// The rows from the next on that have a key, up to the limits.
    fileprivate mutating func page(
        _ limits: PageLimits, _ values: ValueReader, valueColumn: Int32, key: (RawCursor) -> RowKey?
    ) throws -> RowPage {
        var (rows, attributes, bytes) = ([Row](), AttributePageBuilder(), 0)
        var isFull = false
        while let row = try next() {
            guard let key = key(row) else { continue }
            isFull = rows.count == limits.rows || bytes >= limits.bytes
            if isFull { break }
            try values.withValue(of: row, column: valueColumn) { value in
                bytes += value.count
                try AttributeCodec.decode(value, into: &attributes)
            }
            rows.append(Row(key: key))
        }
        let page = attributes.finish()
        for index in rows.indices { rows[index].attributes = page.attributes(ofRow: index) }
        return RowPage(rows: rows, next: isFull ? rows.last?.key : nil)
    }
}

extension RawCursor {
    /// The segment of the row's partition (its first column), by FNV-1a.
    fileprivate func segment(of segments: Int) -> Int {
        withBytes(ofColumn: 0) { bytes in
            Int(stableHash(bytes) % UInt64(segments))
        }
    }
}

import Synchronization

/// The reference store: everything in memory, always consistent, gone with the process.
///
/// A batch is stored whole or not at all. Segments of a scan are cut by a hash of the partition. Rows whose time is over
/// (`Row.expiry`) are not removed.
public final class MemoryStore: Store {
    private let tables = Mutex<[TableName: MemoryTable]>([:])
    private let changes = Atomic<Int64>(0)
    private let pageRows: Int
    public let logOrder = LogOrder.numbered
    public var revision: Int64? { changes.load(ordering: .acquiring) }

    /// - Parameter pageRows: Rows of a page at most, also when the caller sets no limit; small, so that tests page.
    public init(pageRows: Int = 1000) { self.pageRows = pageRows }

    public func createTable(_ table: TableName) async throws(StoreError) {
        try checkCancellation()
        tables.withLock { if $0[table] == nil { $0[table] = MemoryTable() } }
        countChange()
    }

    public func deleteTable(_ table: TableName) async throws(StoreError) {
        try checkCancellation()
        _ = tables.withLock { $0.removeValue(forKey: table) }
        countChange()
    }

    public func write(_ writes: [Write]) async throws(StoreError) {
        try checkCancellation()
        for write in writes { try write.checkSize() }
        defer { countChange() }
        try tables.withLock { tables throws(StoreError) in
            for write in writes where tables[write.table] == nil {
                throw .notFound(table: write.table)
            }
            for write in writes { tables[write.table]?.apply(write) }
        }
    }

    public func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try checkCancellation()
        try write.checkSize()
        let table = write.table
        guard let key = write.key else { preconditionFailure("an append takes no condition") }
        defer { countChange() }
        try tables.withLock { tables throws(StoreError) in
            guard let rows = tables[table] else { throw .notFound(table: table) }
            guard condition.holds(of: rows[key]) else { throw .conflict }
            tables[table]?.apply(write)
        }
    }

    private func countChange() { changes.add(1, ordering: .releasing) }

    public func rows(
        at addresses: [RowAddress], _ consistency: Consistency
    ) async throws(StoreError) -> [Row?] {
        try checkCancellation()
        return try tables.withLock { tables throws(StoreError) in
            var found: [Row?] = []
            for address in addresses {
                guard let rows = tables[address.table] else { throw .notFound(table: address.table) }
                found.append(rows[address.key])
            }
            return found
        }
    }

    public func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try checkCancellation()
        return try tables.withLock { tables throws(StoreError) in
            guard let rows = tables[query.table] else { throw .notFound(table: query.table) }
            return rows.page(of: query, limit: min(query.limit ?? pageRows, pageRows))
        }
    }

    public func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try checkCancellation()
        return try tables.withLock { tables throws(StoreError) in
            guard let rows = tables[scan.table] else { throw .notFound(table: scan.table) }
            return rows.page(of: scan, limit: min(scan.limit ?? pageRows, pageRows))
        }
    }

    public func rowCount(of table: TableName) async throws(StoreError) -> RowCount? {
        try tables.withLock { tables throws(StoreError) in
            guard let rows = tables[table] else { throw .notFound(table: table) }
            return RowCount(rows.rowCount, isExact: true)
        }
    }
}

/// A string that is equal, hashed and ordered by its UTF-8 bytes.
private struct ByteString: Hashable, Comparable {
    let text: String

    static func == (left: ByteString, right: ByteString) -> Bool {
        left.text.hasSameBytes(as: right.text)
    }

    static func < (left: ByteString, right: ByteString) -> Bool {
        left.text.precedes(right.text)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: text)
    }

    func segment(of segments: Int) -> Int {
        Int(stableHash(text.utf8) % UInt64(segments))
    }
}

/// The partitions of one table, each a list of rows in the order of their sort keys.
private struct MemoryTable {
    private var partitions: [ByteString: [Row]] = [:]
    /// The partitions' names in order, for scans.
    private var names: [ByteString] = []

    var rowCount: Int { partitions.values.reduce(0) { $0 + $1.count } }

    subscript(key: RowKey) -> Row? {
        guard let rows = partitions[ByteString(text: key.partition)] else { return nil }
        let index = rows.partitionPoint { $0.key >= key }
        return index < rows.count && rows[index].key == key ? rows[index] : nil
    }

    mutating func apply(_ write: Write) {
        switch write {
        case .put(let row, _): put(row)
        case .delete(let key, _): delete(key)
        case .deleteMatching(let key, _, let attribute, let value):
            if self[key]?.attributes[attribute] == value { delete(key) }
        case .append(let attributes, let log, _):
            let last = partitions[ByteString(text: log)]?.last.flatMap { LogKey.number($0.key.sort) } ?? 0
            put(Row(key: RowKey(partition: log, sort: LogKey.text(last + 1)), attributes: attributes))
        }
    }

    private mutating func put(_ row: Row) {
        let name = ByteString(text: row.key.partition)
        if partitions[name] == nil {
            names.insert(name, at: names.partitionPoint { $0 >= name })
        }
        let index = partitions[name, default: []].partitionPoint { $0.key >= row.key }
        if index < partitions[name, default: []].count, partitions[name]?[index].key == row.key {
            partitions[name]?[index] = row
        } else {
            partitions[name, default: []].insert(row, at: index)
        }
    }

    private mutating func delete(_ key: RowKey) {
        guard self[key] != nil else { return }
        let name = ByteString(text: key.partition)
        partitions[name]?.removeAll { $0.key == key }
        if partitions[name]?.isEmpty == true {
            partitions[name] = nil
            names.removeAll { $0 == name }
        }
    }

    func page(of query: RangeQuery, limit: Int) -> RowPage {
        let rows = partitions[ByteString(text: query.partition)] ?? []
        func position(_ sort: String?) -> Int? {
            let key = sort.map { RowKey(partition: query.partition, sort: $0) }
            return key.map { key in rows.partitionPoint { $0.key >= key } }
        }
        var (start, end) = (position(query.lower) ?? 0, position(query.upper) ?? rows.count)
        if let after = query.after {
            if query.descending {
                end = min(end, rows.partitionPoint { $0.key >= after })
            } else {
                start = max(start, rows.partitionPoint { $0.key > after })
            }
        }
        guard start < end else { return RowPage(rows: []) }
        // One more than the page holds tells whether there is a next.
        let range = rows[start..<end]
        let left = query.descending ? range.suffix(limit + 1).reversed() : Array(range.prefix(limit + 1))
        return RowPage(left, limit: limit)
    }

    func page(of scan: TableScan, limit: Int) -> RowPage {
        var found: [Row] = []
        let start = [scan.after?.partition, scan.prefix].compactMap(\.self).map(ByteString.init).max()
        let first = start.map { start in names.partitionPoint { $0 >= start } }
        for name in names[(first ?? 0)...] where name.segment(of: scan.segments) == scan.segment {
            if let prefix = scan.prefix, !name.text.utf8.starts(with: prefix.utf8) { break }
            let rows = partitions[name] ?? []
            found += scan.after.map { after in rows.filter { $0.key > after } } ?? rows
            if found.count > limit { break }
        }
        return RowPage(found, limit: limit)
    }
}

extension RowPage {
    /// The first `limit` of the rows that are left, and where they end if there are more.
    fileprivate init(_ rows: [Row], limit: Int) {
        let page = Array(rows.prefix(limit))
        self.init(rows: page, next: rows.count > limit ? page.last?.key : nil)
    }
}

/// A store that hands everything on to another and tells meters what it takes.
public struct MeasuredStore: Store {
    private let base: any Store
    private let meters: [StoreMeter]

    public init(_ base: any Store, _ meters: [StoreMeter]) {
        self.base = base.telling(meters)
        self.meters = meters
    }

    public var logOrder: LogOrder { base.logOrder }
    public var readingExecutor: (any TaskExecutor)? { base.readingExecutor }
    public var revision: Int64? { base.revision }

    public func createTable(_ table: TableName) async throws(StoreError) { try await base.createTable(table) }

    public func deleteTable(_ table: TableName) async throws(StoreError) { try await base.deleteTable(table) }

    public func write(_ writes: [Write]) async throws(StoreError) {
        try await measured { moved throws(StoreError) in
            try await base.write(writes)
            for write in writes { moved.add(written: write) }
        }
    }

    public func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try await measured { moved throws(StoreError) in
            try await base.write(write, if: condition)
            moved.add(written: write)
        }
    }

    public func rows(
        at addresses: [RowAddress], _ consistency: Consistency
    ) async throws(StoreError) -> [Row?] {
        try await measured { moved throws(StoreError) in
            let rows = try await base.rows(at: addresses, consistency)
            for case let row? in rows { moved.add(read: row) }
            return rows
        }
    }

    public func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try await measured { moved throws(StoreError) in
            let page = try await base.query(query)
            moved.add(read: page.rows)
            return page
        }
    }

    public func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try await measured { moved throws(StoreError) in
            let page = try await base.scan(scan)
            moved.add(read: page.rows)
            return page
        }
    }

    public func rowCount(of table: TableName) async throws(StoreError) -> RowCount? {
        try await measured { _ throws(StoreError) in try await base.rowCount(of: table) }
    }

    private func measured<Output>(
        _ call: (inout RowsMoved) async throws(StoreError) -> Output
    ) async throws(StoreError) -> Output {
        RoundTrips.current?.advance()
        for meter in meters { meter.begin() }
        var moved = RowsMoved()
        defer { for meter in meters { meter.end(moved) } }
        return try await call(&moved)
    }
}

import Storage

extension VectorCollection {
    /// A page of all items, or of a group's, in the store's order: each item once, if it is there all the while.
    ///
    /// - Parameters:
    ///   - limit: At least 1.
    ///   - prefix: Only items whose id begins so. In a group they lie together, and only they are read; so they do in an ungrouped
    ///     collection on SQLite. Without a group on DynamoDB every item is looked at, and billed, `maxRowsLookedAt` at most in a call: a
    ///     page may then be empty, and yet have a cursor.
    /// - Throws: `invalid` for a cursor of another collection, group or prefix.
    public func list(
        limit: Int, cursor: String?, in group: String? = nil, prefix: String? = nil
    ) async throws(WhiplashError) -> ItemPage {
        let prefix = prefix.flatMap { $0.isEmpty ? nil : $0 }
        let scope = CursorScope(.items, [prefix, group])
        let range = try ListedRange(group: group, prefix: prefix, scope, of: self)
        let isDirect = range.prefix == nil || group != nil
        if isDirect { return try await page(of: range, limit: limit, cursor: cursor) }
        return try await looking(in: range, limit: limit, cursor: cursor) { item in
            range.holds(item.id)
        }
    }

    /// A page of the items that are there and pass a test, of the rows that one call may look at.
    func looking(
        in range: ListedRange, limit: Int, cursor: String?, for passes: (Item) -> Bool
    ) async throws(WhiplashError) -> ItemPage {
        var page = ItemPage(items: [], cursor: cursor)
        var left = Self.maxRowsLookedAt
        repeat {
            let next = try await self.page(of: range, limit: Self.pageSize, cursor: page.cursor)
            left -= Self.pageSize
            let passing = next.items.filter(passes)
            guard page.items.count + passing.count <= limit else {
                return cut(page, passing, limit, range.scope)
            }
            page.items += passing
            page.cursor = next.cursor
        } while page.cursor != nil && left > 0 && page.items.count < limit
        return page
    }

    /// The page filled up to its limit, with the cursor of the item that filled it.
    private func cut(_ page: ItemPage, _ passing: [Item], _ limit: Int, _ scope: CursorScope) -> ItemPage {
        var page = page
        page.items += passing.prefix(limit - page.items.count)
        if let last = page.items.last {
            let key = layout.vectorKey(last.name)
            page.cursor = self.cursor([key.partition, key.sort], of: scope)
        }
        return page
    }

    /// Items that one call looks at: at 384 dimensions some 30 MB, seconds on DynamoDB.
    public static let maxRowsLookedAt = 20_000
    static let pageSize = 1_000

    /// One page of the store, as items.
    func page(
        of range: ListedRange, limit: Int, cursor: String?
    ) async throws(WhiplashError) -> ItemPage {
        let after = try cursor.map { cursor throws(WhiplashError) in
            let texts = try texts(in: cursor, of: range.scope, count: 2)
            return RowKey(partition: texts[0], sort: texts[1])
        }
        if let after, !range.mayHold(after) { throw Self.badCursor }
        let page = try await inTables { () throws(StoreError) in
            try await rows(of: range, limit: limit, after: after)
        }
        let now = origin.seconds
        var items: [Item] = []
        for row in page.rows where layout.item(ofVector: row.key) != nil && !row.isExpired(at: now) {
            items.append(try decode(row).item)
        }
        return ItemPage(
            items: items, cursor: page.next.map { self.cursor([$0.partition, $0.sort], of: range.scope) })
    }

    private func rows(
        of range: ListedRange, limit: Int, after: RowKey?
    ) async throws(StoreError) -> RowPage {
        guard let partition = range.partition else {
            return try await store.scan(
                TableScan(
                    vectorsTable, prefix: range.partitionPrefix, after: after, limit: limit,
                    consistency: .strong))
        }
        return try await store.query(
            RangeQuery(
                vectorsTable, partition: partition, lower: range.prefix, upper: range.prefix?.endOfPrefix,
                after: after, limit: limit, consistency: .strong))
    }
}

/// Which rows of the vectors table a listing goes through.
struct ListedRange: Sendable {
    /// The partition of its group; nil goes through all.
    let partition: String?
    /// What ids begin with.
    let prefix: String?
    /// What partitions begin with, where these are the ids.
    let partitionPrefix: String?
    /// The listing that its cursors are of.
    let scope: CursorScope

    /// - Throws: `invalid` for a group that no item can be in, and a prefix that no id can have.
    init(
        group: String?, prefix: String? = nil, _ scope: CursorScope, of collection: VectorCollection
    ) throws(WhiplashError) {
        if group != nil { try collection.check(group: group) }
        if let prefix, prefix.utf8.count > Names.idBytes.upperBound {
            throw .invalid(
                Violation(
                    field: "prefix", expected: "at most \(Names.idBytes.upperBound) bytes of UTF-8",
                    received: "\(prefix.utf8.count)"))
        }
        partition = group.map { collection.layout.vectorKey(ItemName("", in: $0)).partition }
        self.prefix = prefix
        self.scope = scope
        partitionPrefix = collection.configuration.grouping ? nil : prefix
    }

    func holds(_ id: String) -> Bool { prefix.map { id.utf8.starts(with: $0.utf8) } ?? true }

    /// Whether a page of this listing can have ended there.
    func mayHold(_ key: RowKey) -> Bool {
        guard let partition else { return true }
        return key.partition.utf8.elementsEqual(partition.utf8) && holds(key.sort)
    }
}

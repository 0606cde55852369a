import Storage
import VectorIndex

/// A page of a collection's groups. `cursor` is opaque; nil on the last page.
public struct GroupNamePage: Sendable {
    public var groups: [String]
    public var cursor: String?

    public init(groups: [String], cursor: String?) {
        self.groups = groups
        self.cursor = cursor
    }
}

extension VectorCollection {
    /// A page of the names of the groups in which items were stored, in an order that means nothing: each once, if it is there all
    /// the while. A group whose items were deleted one by one, or have all expired, is listed still: to find out would take a read for each
    /// group of a page, and to keep the latest time in the list a read before each write.
    ///
    /// A deletion cannot know of a write to its group that has told of the group and not yet stored its item. So what it
    /// leaves in the list is a mark, and whether a marked group is listed is for its items to tell. When no write
    /// can be under way any more, the mark goes, or what it marks.
    ///
    /// - Parameter limit: At least 1.
    /// - Throws: `invalid` for a cursor that is not one of this list's, and in a collection without groups.
    public func groups(limit: Int, cursor: String?) async throws(WhiplashError) -> GroupNamePage {
        let layout = try groupedLayout
        let after = try cursor.map { cursor throws(WhiplashError) in
            try texts(in: cursor, of: .groups, count: 1)[0]
        }
        return try await inTables { () throws(StoreError) in
            try await groups(limit: limit, after: after, layout)
        }
    }

    /// Removes all items of a group and tells how many there were; 0 for a group that is not there.
    ///
    /// What is left when it throws, the same call again removes.
    ///
    /// - Throws: `invalid` for a name that no group can have, and in a collection without groups;
    ///   `store(.cancelled)` when the task's time ran out.
    public func deleteGroup(_ group: String) async throws(WhiplashError) -> Int {
        let layout = try groupedLayout
        try check(group: group)
        return try await inTables { () throws(StoreError) in
            let key = GroupRow(group: group, stamp: WriteStamp(number: 0)).key(layout)
            let listed = try await store.rows(at: [RowAddress(bucketsTable, key)], .strong)[0]
            let count = try await deleteItems(of: group, layout)
            _ = try await sweep(group, layout)
            if let listed = listed.flatMap(GroupRow.init) { try await mark(listed, layout) }
            return count
        }
    }

    private var groupedLayout: GroupedLayout {
        get throws(WhiplashError) {
            guard configuration.grouping else {
                throw .invalid(
                    Violation(
                        field: "collectionId", expected: "a collection created with grouping",
                        received: "one without"))
            }
            return GroupedLayout(configuration: configuration)
        }
    }
}

// MARK: - Listing

extension VectorCollection {
    private func groups(
        limit: Int, after: String?, _ layout: GroupedLayout
    ) async throws(StoreError) -> GroupNamePage {
        var groups: [String] = []
        let first = after.map(layout.registryShard) ?? 0
        for shard in layout.registryShards.dropFirst(first) {
            let partition = layout.registryPartition(shard: shard)
            var query = RangeQuery(bucketsTable, partition: partition, consistency: .strong)
            if let after, shard == first { query.after = RowKey(partition: partition, sort: after) }
            repeat {
                query.limit = limit - groups.count
                let page = try await store.query(query)
                for row in page.rows where try await isListed(row, layout) { groups.append(row.key.sort) }
                query.after = page.next
                if groups.count == limit {
                    let isLast = page.next == nil && shard == layout.registryShards.last
                    return GroupNamePage(
                        groups: groups, cursor: isLast ? nil : cursor([groups[limit - 1]], of: .groups))
                }
            } while query.after != nil
        }
        return GroupNamePage(groups: groups, cursor: nil)
    }

    /// Whether the group of a row is there; a mark that is old enough is done away with.
    private func isListed(_ row: Row, _ layout: GroupedLayout) async throws(StoreError) -> Bool {
        guard let group = GroupRow(row) else { return false }
        if !group.isDeleted { return true }
        let hasItems = try await hasRows(vectorsTable, layout.vectorPartition(of: group.group))
        guard group.stamp.milliseconds < newSince else { return hasItems }
        if hasItems {
            try await replace(group, by: GroupRow(group: group.group, stamp: origin.stamp()), layout)
        } else if try await sweep(group.group, layout) {
            try await store.write([
                .deleteMatching(
                    row.key, in: bucketsTable, attribute: "w", equals: .integer(group.stamp.number))
            ])
        }
        return hasItems
    }

    /// Whether there is a row that has not expired.
    private func hasRows(_ table: TableName, _ partition: String) async throws(StoreError) -> Bool {
        var query = RangeQuery(table, partition: partition, limit: 1, consistency: .strong)
        let now = origin.seconds
        repeat {
            let page = try await store.query(query)
            if page.rows.contains(where: { !$0.isExpired(at: now) }) { return true }
            query.limit = nil
            query.after = page.next
        } while query.after != nil
        return false
    }
}

// MARK: - Deleting

extension VectorCollection {
    /// Removes the items that are there, each with its bucket row.
    private func deleteItems(of group: String, _ layout: GroupedLayout) async throws(StoreError) -> Int {
        var query = RangeQuery(
            vectorsTable, partition: layout.vectorPartition(of: group), consistency: .strong)
        let now = origin.seconds
        var count = 0
        repeat {
            let page = try await store.query(query)
            // The truth first, as always; and of the bucket rows just those that belong to it.
            try await store.write(page.rows.map { .delete($0.key, in: vectorsTable) })
            try await store.write(page.rows.compactMap { removalOfBucketRow(of: $0, group, layout) })
            count += page.rows.count { !$0.isExpired(at: now) }
            query.after = page.next
        } while query.after != nil
        return count
    }

    /// Nil of a row that is damaged: what belonged to it is removed as left over.
    private func removalOfBucketRow(of row: Row, _ group: String, _ layout: GroupedLayout) -> Write? {
        guard let key = row.text("h").flatMap(IndexKey.init(text:)), let stamp = row.integer("w") else {
            return nil
        }
        return .deleteMatching(
            layout.bucketKey(ItemName(row.key.sort, in: group), key), in: bucketsTable, attribute: "w",
            equals: .integer(stamp))
    }

    /// Removes bucket rows that have stood too long for a write to be under way, and tells whether none is left.
    private func sweep(_ group: String, _ layout: GroupedLayout) async throws(StoreError) -> Bool {
        var query = RangeQuery(
            bucketsTable, partition: layout.bucketPartition(of: group), consistency: .strong)
        var isClean = true
        repeat {
            let page = try await store.query(query)
            let old = page.rows.filter { row in
                row.integer("w").map { WriteStamp(number: $0).milliseconds < newSince } ?? true
            }
            try await store.write(
                old.map { row in
                    guard let stamp = row.attributes["w"] else { return .delete(row.key, in: bucketsTable) }
                    return .deleteMatching(row.key, in: bucketsTable, attribute: "w", equals: stamp)
                })
            isClean = isClean && old.count == page.rows.count
            query.after = page.next
        } while query.after != nil
        return isClean
    }

    /// Marks a group as deleted unless it has been written to.
    private func mark(_ listed: GroupRow, _ layout: GroupedLayout) async throws(StoreError) {
        let mark = GroupRow(group: listed.group, stamp: origin.stamp(), isDeleted: true)
        try await replace(listed, by: mark, layout)
    }

    private func replace(
        _ listed: GroupRow, by row: GroupRow, _ layout: GroupedLayout
    ) async throws(StoreError) {
        let unchanged = Condition.equals(attribute: "w", .integer(listed.stamp.number))
        do {
            try await store.write(.put(row.row(layout), in: bucketsTable), if: unchanged)
        } catch {
            guard case .conflict = error else { throw error }
        }
    }
}

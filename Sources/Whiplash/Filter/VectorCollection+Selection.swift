import Storage
import VectorIndex

/// Items by what is true of them, not by nearness: every item is looked at, in pages of bounded work.
extension VectorCollection {
    /// A page of the items that pass a filter, in the store's order.
    ///
    /// At most `maxRowsLookedAt` items are looked at: a page may be shorter than `limit`, or empty, and yet have a cursor.
    ///
    /// - Parameters:
    ///   - limit: At least 1.
    ///   - group: Nil lists the items of all groups.
    /// - Throws: `invalid` for a cursor that is not one of this collection's, or of this group's.
    public func list(
        where filter: MetadataFilter, limit: Int, cursor: String?, in group: String? = nil
    ) async throws(WhiplashError) -> ItemPage {
        try await looking(in: ListedRange(group: group, of: self), limit: limit, cursor: cursor) { item in
            filter.matches(item.metadata)
        }
    }

    /// Counts the items that pass a filter, and goes on from a cursor where the work of one call does not suffice.
    ///
    /// - Throws: As `list`.
    public func count(
        where filter: MetadataFilter, cursor: String?, in group: String? = nil
    ) async throws(WhiplashError) -> (count: Int, cursor: String?) {
        var count = 0
        let end = try await forEachPage(from: cursor, in: group) { items throws(WhiplashError) in
            count += items.count { filter.matches($0.metadata) }
        }
        return (count, end)
    }

    /// Removes the items that pass a filter and tells how many, and goes on from a cursor where the work of one call does not suffice.
    ///
    /// An item that is changed at the same moment so that it no longer passes may be removed all the same.
    ///
    /// - Throws: As `list`; `invalid` for a filter without a condition, so that nobody removes everything by a slip.
    public func delete(
        where filter: MetadataFilter, cursor: String?, in group: String? = nil
    ) async throws(WhiplashError) -> (count: Int, cursor: String?) {
        if case .and([]) = filter { throw Self.noCondition }
        var count = 0
        let end = try await forEachPage(from: cursor, in: group) { items throws(WhiplashError) in
            let passing = items.filter { filter.matches($0.metadata) }
            for (group, items) in Dictionary(grouping: passing, by: \.group) {
                count += try await delete(ids: items.map(\.id), in: group)
            }
        }
        return (count, end)
    }

    private static let noCondition = WhiplashError.invalid(
        Violation(
            field: "filter",
            expected: "a condition; what has none would remove everything, as deleting the collection does",
            received: "an empty object"))

    /// Looks at what one call may, page after page, and tells where to go on; nil when that was all.
    private func forEachPage(
        from start: String?, in group: String?, _ body: ([Item]) async throws(WhiplashError) -> Void
    ) async throws(WhiplashError) -> String? {
        var (cursor, left) = (start, Self.maxRowsLookedAt)
        repeat {
            let page = try await list(limit: Self.pageSize, cursor: cursor, in: group)
            try await body(page.items)
            cursor = page.cursor
            left -= Self.pageSize
        } while cursor != nil && left > 0
        return cursor
    }
}

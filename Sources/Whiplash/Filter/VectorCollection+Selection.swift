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
    /// - Throws: `invalid` for a cursor of another collection, group or filter.
    public func list(
        where filter: MetadataFilter, limit: Int, cursor: String?, in group: String? = nil
    ) async throws(WhiplashError) -> ItemPage {
        let scope = CursorScope(.selection, where: filter, in: group)
        let range = try ListedRange(group: group, scope, of: self)
        return try await looking(in: range, limit: limit, cursor: cursor) { filter.matches($0.metadata) }
    }

    /// Counts the items that pass a filter, and goes on from a cursor where the work of one call does not suffice.
    ///
    /// - Throws: As `list`.
    public func count(
        where filter: MetadataFilter, cursor: String?, in group: String? = nil
    ) async throws(WhiplashError) -> (count: Int, cursor: String?) {
        var count = 0
        let scope = CursorScope(.count, where: filter, in: group)
        let end = try await forEachPage(from: cursor, in: group, scope) { items throws(WhiplashError) in
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
        if filter.passesAll { throw Self.noCondition }
        var count = 0
        let scope = CursorScope(.removal, where: filter, in: group)
        let end = try await forEachPage(from: cursor, in: group, scope) { items throws(WhiplashError) in
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
            received: "none"))

    /// Looks at what one call may, page after page, and tells where to go on; nil when that was all.
    private func forEachPage(
        from start: String?, in group: String?, _ scope: CursorScope,
        _ body: ([Item]) async throws(WhiplashError) -> Void
    ) async throws(WhiplashError) -> String? {
        let range = try ListedRange(group: group, scope, of: self)
        var (cursor, left) = (start, Self.maxRowsLookedAt)
        repeat {
            let page = try await page(of: range, limit: Self.pageSize, cursor: cursor)
            try await body(page.items)
            cursor = page.cursor
            left -= Self.pageSize
        } while cursor != nil && left > 0
        return cursor
    }
}

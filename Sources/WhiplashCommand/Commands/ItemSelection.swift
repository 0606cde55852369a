import ArgumentParser
import Whiplash

/// Which of a collection's items: all, those of a group, and of these those that pass a filter or whose id begins so.
struct ItemSelection: ParsableArguments {
    @Option(help: "Only the items of this group.") var group: String?
    @Option(help: "Only the items whose metadata pass this filter, a JSON object.") var filter: String?
    @Option(help: "Only the items whose id begins so. Without --group on DynamoDB that looks at every item.")
    var prefix: String?

    func validate() throws {
        if filter != nil, prefix != nil { throw ValidationError("Give either --filter or --prefix.") }
    }

    /// - Throws: When the filter is none.
    func check() throws { _ = try filter.map(parseFilter) }

    /// Whether all items of the collection are meant.
    var isWhole: Bool { group == nil && filter == nil && prefix == nil }

    /// One page. Under a filter or a prefix it may hold fewer than `limit`, or none, also where it is not the last.
    func page(of items: any ItemCollection, limit: Int, cursor: String?) async throws -> ItemPage {
        guard let filter = try filter.map(parseFilter) else {
            return try await items.list(limit: limit, cursor: cursor, in: group, prefix: prefix)
        }
        return try await items.list(where: filter, limit: limit, cursor: cursor, in: group)
    }
}

import Storage

/// One collection: its items, and search among them.
public struct VectorCollection: Sendable {
    public let configuration: CollectionConfiguration

    /// Stores items, each in the place of one with its id. Checks all of them before it stores any.
    ///
    /// - Parameter field: How a violation names item `i`, such as `vectors[i]`.
    /// - Throws: `invalid` (ids twice among them), `tooLarge`.
    public func insert(
        _ items: [Item], field: @Sendable (Int) -> String = { "vectors[\($0)]." }
    ) async throws(WhiplashError) {}

    /// The items of these ids, in their order; nil where there is none.
    public func items(ids: [String]) async throws(WhiplashError) -> [Item?] { [] }

    /// Changes an item in part and gives it as it is then.
    public func update(_ id: String, _ patch: ItemPatch) async throws(WhiplashError) -> Item {
        throw .notFound(.item, name: id)
    }

    /// Removes items and tells how many there were.
    public func delete(ids: [String]) async throws(WhiplashError) -> Int { 0 }

    /// A page of all items, in the store's order.
    ///
    /// - Throws: `invalid` for a cursor that is not one of this collection's.
    public func list(limit: Int, cursor: String?) async throws(WhiplashError) -> ItemPage {
        ItemPage(items: [], cursor: nil)
    }

    /// The nearest items, nearest first.
    public func search(_ request: SearchRequest) async throws(WhiplashError) -> [Match] { [] }
}

/// Projects and collections, wherever they are: `Database` is the engine itself, over a store, and the client library has
/// one that speaks to an API. What is written against this protocol, or against their common names, runs on both.
public protocol VectorDatabase: Sendable {
    associatedtype Items: ItemCollection

    /// - Throws: `alreadyExists`, `invalid` (name).
    func createProject(_ name: String) async throws(WhiplashError) -> Project

    /// Every project with its collections, by name.
    func projects() async throws(WhiplashError) -> [Project]

    /// - Throws: `notFound`.
    func project(_ name: String) async throws(WhiplashError) -> Project

    /// Removes a project and its collections with all they hold.
    ///
    /// - Throws: `notFound`.
    func deleteProject(_ name: String) async throws(WhiplashError)

    /// Makes a collection, and its project when that is new.
    ///
    /// - Throws: `invalid`, `alreadyExists`; `conflict` while another process makes or removes one of this name.
    func createCollection(_ new: NewCollection, in project: String) async throws(WhiplashError) -> Items

    /// An existing collection, by its name or an alias.
    ///
    /// - Throws: `notFound`, of the project when that is unknown.
    func collection(_ name: String, in project: String) async throws(WhiplashError) -> Items

    /// What a collection is, also one that is an unfinished clone; by its name or an alias.
    ///
    /// - Throws: `notFound`, of the project when that is unknown.
    func configuration(
        ofCollection name: String, in project: String
    ) async throws(WhiplashError) -> CollectionConfiguration

    /// Changes what may be changed of a collection while it is used.
    ///
    /// - Throws: `invalid`; `notFound`; `conflict` while it is an unfinished clone, or when others change it again and again.
    func updateCollection(
        _ name: String, _ changes: CollectionChanges, in project: String
    ) async throws(WhiplashError) -> Items

    /// Gives a collection another name in its project. Aliases that mean it follow.
    ///
    /// - Parameter name: Its name, not an alias.
    /// - Throws: `invalid`; `notFound`; `alreadyExists` when a collection or an alias has the name; `conflict` while others are at it.
    func renameCollection(
        _ name: String, to newName: String, in project: String
    ) async throws(WhiplashError) -> Items

    /// Goes on copying a collection under another name of its project, some seconds long; called until `isDone`.
    ///
    /// An item that others store, change or remove meanwhile is in the clone as it was at some moment between the first call and the
    /// end. Until it is done the clone can be shown, listed and deleted, and is refused to all who read or write its items.
    ///
    /// - Throws: `invalid`, also where an item cannot be as the clone is to be; `notFound`; `alreadyExists`; `conflict`.
    func cloneCollection(
        _ name: String, as clone: NewClone, in project: String
    ) async throws(WhiplashError) -> CloneReport

    /// Removes a collection with all it holds.
    ///
    /// - Throws: `notFound`; `conflict` when another process is at it.
    func deleteCollection(_ name: String, in project: String) async throws(WhiplashError)

    /// The aliases of a project, each with the collection it means.
    ///
    /// - Throws: `notFound`.
    func aliases(in project: String) async throws(WhiplashError) -> [String: String]

    /// Makes an alias mean this collection from now on.
    ///
    /// - Returns: What it meant before; nil when it is new.
    /// - Throws: `invalid`; `notFound` when there is no such collection; `alreadyExists` when a collection has the alias' name.
    func setAlias(
        _ alias: String, to collection: String, in project: String
    ) async throws(WhiplashError) -> String?

    /// Removes an alias, and leaves the collection.
    ///
    /// - Throws: `notFound`.
    func deleteAlias(_ alias: String, in project: String) async throws(WhiplashError)
}

/// The items of one collection, and search among them, wherever they are.
///
/// Every write is idempotent: the same write sent twice leaves what it leaves once.
public protocol ItemCollection: Sendable {
    var configuration: CollectionConfiguration { get }

    /// Stores items, each in the place of one with its id, and its group where there are groups. One that throws may have stored a part; the same call again completes it.
    ///
    /// - Returns: The items as they are stored: with the vectors rounded in a float16 collection.
    /// - Throws: `invalid` (also for an id twice among them), `tooLarge`. Fields are such as `vectors[3].vector`.
    @discardableResult
    func insert(_ items: [Item]) async throws(WhiplashError) -> [Item]

    /// Stores items, each on its condition.
    ///
    /// - Parameter partially: Stores what can be stored and tells of what cannot. Without it the first that fails ends the call: all are
    ///   checked, and of several their conditions looked at, before any is stored.
    /// - Throws: `invalid` (also for an id twice among them), `tooLarge`, `conditionFailed`; `conflict` when others change the same.
    func write(_ writes: [ItemWrite], partially: Bool) async throws(WhiplashError) -> WriteReport

    /// The items of these ids, in their order; nil where there is none.
    ///
    /// - Parameter group: Theirs: needed in a collection with grouping, and nil in any other.
    /// - Throws: `invalid` for an id that no item can have, or a group where none or one is needed.
    func items(ids: [String], in group: String?) async throws(WhiplashError) -> [Item?]

    /// A page of all items, or of a group's, in an order that stays: each item once, if it is there all the while.
    ///
    /// - Parameters:
    ///   - limit: 1 to 1,000. A page may hold fewer also where it is not the last.
    ///   - cursor: What the page before gave; nil for the first.
    ///   - prefix: Only items whose id begins so. In a group only they are read; without one each page may look at 20,000 items, and on
    ///     DynamoDB does.
    func list(
        limit: Int, cursor: String?, in group: String?, prefix: String?
    ) async throws(WhiplashError) -> ItemPage

    /// Changes an item in part and gives it as it is then.
    ///
    /// - Parameter version: With one the item is changed only if it is of this version.
    /// - Throws: `notFound`, `invalid`, `tooLarge`; `conditionFailed` when it is of another version; `conflict` when others change it again
    ///   and again.
    func update(
        _ id: String, _ patch: ItemPatch, in group: String?, version: ItemVersion?
    ) async throws(WhiplashError) -> Item

    /// Removes items and tells how many there were.
    ///
    /// - Throws: `invalid` for an id that no item can have, or a group where none or one is needed.
    func delete(ids: [String], in group: String?) async throws(WhiplashError) -> Int

    /// Removes an item if it is of this version, and tells whether it was there; one that is not there is no error.
    ///
    /// - Throws: `conditionFailed` when it is of another version; `invalid`.
    func delete(_ id: String, version: ItemVersion, in group: String?) async throws(WhiplashError) -> Bool

    /// A page of the names of the groups in which items were stored.
    ///
    /// - Throws: `invalid` in a collection without groups.
    func groups(limit: Int, cursor: String?) async throws(WhiplashError) -> GroupNamePage

    /// Removes all items of a group and tells how many there were.
    ///
    /// - Throws: `invalid` in a collection without groups.
    func deleteGroup(_ group: String) async throws(WhiplashError) -> Int

    /// The nearest items, nearest first; of equal scores the lesser id first.
    func search(_ request: SearchRequest) async throws(WhiplashError) -> [Match]

    /// Several searches at once, answered in their order.
    ///
    /// - Throws: The first failure. Fields are such as `searches[3].query`.
    func search(_ requests: [SearchRequest]) async throws(WhiplashError) -> [[Match]]

    /// A search, and how it went if its request says `explain`.
    func answer(_ request: SearchRequest) async throws(WhiplashError) -> SearchAnswer

    /// Several searches as `search`, each with how it went if its request says `explain`.
    func answer(_ requests: [SearchRequest]) async throws(WhiplashError) -> [SearchAnswer]

    /// The next `limit` matches of a search, behind those that the page before ended with, up to the 10,000th.
    ///
    /// - Parameter cursor: What the page before gave; nil for the first.
    func searchPage(_ request: SearchRequest, cursor: String?) async throws(WhiplashError) -> MatchPage

    /// A page of the items that pass a filter. It may hold fewer than `limit`, or none, also where it is not the last.
    func list(
        where filter: MetadataFilter, limit: Int, cursor: String?, in group: String?
    ) async throws(WhiplashError) -> ItemPage

    /// Counts the items that pass a filter, a bounded number at a time: the counts are added up until `cursor` is nil.
    func count(
        where filter: MetadataFilter, cursor: String?, in group: String?
    ) async throws(WhiplashError) -> (count: Int, cursor: String?)

    /// Removes the items that pass a filter, a bounded number at a time, and tells how many: until `cursor` is nil.
    ///
    /// - Throws: `invalid` for a filter without a condition.
    func delete(
        where filter: MetadataFilter, cursor: String?, in group: String?
    ) async throws(WhiplashError) -> (count: Int, cursor: String?)

    /// What is known of the collection without reading it whole.
    func statistics() async throws(WhiplashError) -> CollectionStatistics

    /// Goes on learning planes and moving the collection under them, some seconds long; called until `isDone`.
    ///
    /// - Throws: `invalid` in a collection with groups.
    func tune() async throws(WhiplashError) -> TuningReport

    /// Holds a slice of the bucket rows against the vectors and mends what does not belong together; called until `cursor` is nil.
    ///
    /// - Throws: `invalid` in a collection with groups.
    func verify(cursor: String?) async throws(WhiplashError) -> VerificationReport
}

extension ItemCollection {
    /// The nearest items to a vector, with all else as `SearchRequest` has it by default.
    public func search(
        for query: [Float], limit: Int = 5, in group: String? = nil
    ) async throws(WhiplashError) -> [Match] {
        var request = SearchRequest(query: query)
        (request.limit, request.group) = (limit, group)
        return try await search(request)
    }

    /// A search, and how it went.
    public func explain(
        _ request: SearchRequest
    ) async throws(WhiplashError) -> (matches: [Match], explanation: SearchExplanation) {
        var request = request
        request.explain = true
        let answer = try await answer(request)
        return (answer.matches, answer.explanation ?? SearchExplanation())
    }

    /// The item of an id; nil when there is none.
    public func item(id: String, in group: String? = nil) async throws(WhiplashError) -> Item? {
        try await items(ids: [id], in: group)[0]
    }

    public func items(ids: [String]) async throws(WhiplashError) -> [Item?] {
        try await items(ids: ids, in: nil)
    }

    public func list(
        limit: Int, cursor: String?, in group: String? = nil
    ) async throws(WhiplashError) -> ItemPage {
        try await list(limit: limit, cursor: cursor, in: group, prefix: nil)
    }

    public func update(
        _ id: String, _ patch: ItemPatch, in group: String? = nil
    ) async throws(WhiplashError) -> Item {
        try await update(id, patch, in: group, version: nil)
    }

    public func delete(ids: [String]) async throws(WhiplashError) -> Int {
        try await delete(ids: ids, in: nil)
    }

    /// How many items pass a filter.
    ///
    /// - Parameter progress: Told after each part how many there are so far.
    public func count(
        where filter: MetadataFilter, in group: String? = nil, progress: (Int) -> Void = { _ in }
    ) async throws(WhiplashError) -> Int {
        var (count, cursor) = (0, String?.none)
        repeat {
            let part = try await self.count(where: filter, cursor: cursor, in: group)
            (count, cursor) = (count + part.count, part.cursor)
            progress(count)
        } while cursor != nil
        return count
    }

    /// Removes all items that pass a filter and tells how many.
    ///
    /// - Parameter progress: Told after each part how many there are so far.
    public func delete(
        where filter: MetadataFilter, in group: String? = nil, progress: (Int) -> Void = { _ in }
    ) async throws(WhiplashError) -> Int {
        var (count, cursor) = (0, String?.none)
        repeat {
            let part = try await delete(where: filter, cursor: cursor, in: group)
            (count, cursor) = (count + part.count, part.cursor)
            progress(count)
        } while cursor != nil
        return count
    }
}

extension Database: VectorDatabase {}

extension VectorCollection: ItemCollection {
    @discardableResult
    public func insert(_ items: [Item]) async throws(WhiplashError) -> [Item] {
        try await insert(items, field: { "vectors[\($0)]." })
    }

    /// For a few seconds, so that who waits hears now and then how far it is.
    public func tune() async throws(WhiplashError) -> TuningReport { try await tune(within: 5_000) }

    /// A slice of a few seconds.
    public func verify(cursor: String?) async throws(WhiplashError) -> VerificationReport {
        try await verify(cursor: cursor, within: 5_000)
    }

    public func write(_ writes: [ItemWrite], partially: Bool) async throws(WhiplashError) -> WriteReport {
        try await write(writes, partially: partially, field: { "vectors[\($0)]." })
    }
}

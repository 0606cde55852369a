import GroupConformance
import JSON
import Storage
import Synchronization
import Testing
import VectorIndex
import Whiplash

/// Holds searches under filters to brute force and the plain evaluation, on any store, with keys declared filterable, with others, and with
/// none: the very same ids, in the same order.
public struct FilterConformance: Sendable {
    private let store: any Store
    private let name: String
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - store: To make a collection in.
    ///   - name: That of the collection.
    ///   - now: The time in milliseconds since 1970: the store's own, where its logs are ordered by time.
    public init(
        _ store: any Store, name: String = "f", now: @escaping @Sendable () -> Int64 = { 1_800_000_000_000 }
    ) {
        (self.store, self.name, self.now) = (store, name, now)
    }

    /// How bucket rows are come by.
    public enum Way: Sendable, CaseIterable {
        case memory
        /// Read by each search, all of them.
        case store
        /// Read by each search, those of likely buckets first.
        case layers
        case group
    }

    private static let declared = ["a", "b", "b.c", "é"]
    /// Sketches of so few dimensions are the vectors, and so every way of searching is exact.
    private static let dimension = 6

    /// Stores items, searches as another process, changes many of them in every way there is, and searches again.
    ///
    /// - Parameter searches: Of each kind of filter, before and after the changes.
    public func check(_ way: Way, seed: UInt64, count: Int = 240, searches: Int = 25) async throws {
        var chance = RandomMetadata(seed: seed)
        var new = NewCollection(name: name, featureCount: Self.dimension)
        (new.metric, new.grouping, new.filterable) = (.cosine, way == .group, Self.declared)
        let group = way == .group ? "a" : nil
        let writer = try await database(way, seed: seed).createCollection(new, in: "p")
        let searcher = try await database(way, seed: seed + 1_000).collection(name, in: "p")
        #expect(searcher.configuration.filterable == Self.declared)
        var items: [String: Item] = [:]
        for number in 0..<count {
            items["i\(number)"] = Item(
                id: "i\(number)", vector: vector(&chance), metadata: chance.metadata(), group: group)
        }
        try await writer.insert(items.keys.sorted().compactMap { items[$0] })
        try await search(searcher, items, &chance, searches, group, "\(way), seed \(seed)")
        try await change(writer, &items, &chance, group)
        try await search(searcher, items, &chance, searches, group, "\(way), seed \(seed), changed")
    }

    /// Its planes are those of the seed: a search that reads likely buckets first may miss one of the last under others.
    private func database(_ way: Way, seed: UInt64) -> Database {
        let generator = Mutex(SeededGenerator(seed: seed))
        var settings = DatabaseSettings()
        if way == .store || way == .layers { settings.cacheBytes = 0 }
        if way == .layers { settings.maxItemsPerBucket = 20 }
        return Database(
            store: store, settings: settings, now: now, random: { generator.withLock { $0.next() } })
    }

    private func vector(_ chance: inout RandomMetadata) -> [Float] {
        (0..<Self.dimension).map { _ in chance.generator.nextGaussian() }
    }

    private func change(
        _ collection: VectorCollection, _ items: inout [String: Item], _ chance: inout RandomMetadata,
        _ group: String?
    ) async throws {
        let ids = items.keys.sorted()
        let sixth = ids.count / 6
        // Stored again with other metadata: with the same vector, and with another.
        var again = ids[..<sixth].compactMap { items[$0] }
        for index in again.indices {
            again[index].metadata = chance.metadata()
            if index % 2 == 0 { again[index].vector = vector(&chance) }
        }
        try await collection.insert(again)
        for item in again { items[item.id] = item }
        for id in ids[sixth..<2 * sixth] {
            let patch = ItemPatch(metadata: chance.metadata())
            items[id] = try await collection.update(id, patch, in: group)
        }
        _ = try await collection.delete(ids: Array(ids[2 * sixth..<3 * sixth]), in: group)
        for id in ids[2 * sixth..<3 * sixth] { items[id] = nil }
    }

    private func search(
        _ collection: VectorCollection, _ items: [String: Item], _ chance: inout RandomMetadata,
        _ count: Int, _ group: String?, _ note: String
    ) async throws {
        for number in 0..<count {
            for paths in [Self.declared, RandomMetadata.paths, ["a.b", "c"]] {
                let filter = chance.filter(of: paths)
                var request = SearchRequest(query: vector(&chance))
                (request.filter, request.group) = (filter, group)
                request.limit = [1, 7, 1000][number % 3]
                let passing = items.values.filter { filter.matches($0.metadata) }
                let truth = BruteForce(collection.configuration.metric).best(
                    request.limit, passing, request.query)
                let found = try await collection.search(request)
                #expect(found.map(\.item.id) == truth.map(\.item.id), "\(note), \(filter)")
                #expect(found.map(\.item.metadata) == truth.map(\.item.metadata), "\(note), \(filter)")
            }
        }
    }
}

import Storage
import Testing
import VectorIndex
import Whiplash

/// Holds searches by words, and by words and a vector, to a slow plain oracle, on any store and by each way in which words are found:
/// the very same scores, in the same order.
public struct TextConformance: Sendable {
    private let store: any Store
    private let name: String
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - store: To make a collection in.
    ///   - name: That of the collection.
    ///   - now: The time in milliseconds since 1970: the store's own, where its logs are ordered by time.
    public init(
        _ store: any Store, name: String = "t", now: @escaping @Sendable () -> Int64 = { 1_800_000_000_000 }
    ) {
        self.store = store
        self.name = name
        self.now = now
    }

    /// How words are found.
    public enum Way: String, Sendable, CaseIterable {
        /// By the inverted index.
        case index
        /// By reading every item.
        case exact
        /// By reading the items of a group, of two with ids in common.
        case group
    }

    private static let dimension = 8

    /// Stores texts, searches, changes many of them in every way there is, and searches again.
    public func check(_ way: Way, seed: UInt64, count: Int = 300) async throws {
        var texts = RandomTexts(seed: seed)
        var new = NewCollection(name: name, featureCount: Self.dimension)
        (new.grouping, new.textIndex) = (way == .group, way == .index)
        let database = Database(store: store, now: now)
        let collection = try await database.createCollection(new, in: "p")
        let group = way == .group ? "a" : nil
        var items: [String: Item] = [:]
        for item in texts.items(count, Self.dimension, in: group) { items[item.id] = item }
        try await collection.insert(Array(items.values))
        if way == .group {
            try await collection.insert(texts.items(count / 2, Self.dimension, in: "b"))
        }
        try await search(collection, way, Array(items.values), &texts, "\(way), seed \(seed)")
        try await change(collection, &items, &texts, group)
        try await search(collection, way, Array(items.values), &texts, "\(way), seed \(seed), changed")
    }

    private func change(
        _ collection: VectorCollection, _ items: inout [String: Item], _ texts: inout RandomTexts,
        _ group: String?
    ) async throws {
        let ids = items.keys.sorted()
        // Stored again: with another text, with the same, and without one.
        var again = ids[0..<40].compactMap { items[$0] }
        for index in 0..<20 { again[index].text = texts.text() }
        for index in 20..<25 { again[index].text = nil }
        try await collection.insert(again)
        for item in again { items[item.id] = item }
        for id in ids[40..<60] {
            let text: String?? = Bool.random(using: &texts.generator) ? .some(texts.text()) : .none
            let vector = texts.vector(Self.dimension)
            items[id] = try await collection.update(id, ItemPatch(vector: vector, text: text), in: group)
        }
        for id in ids[60..<65] {
            items[id] = try await collection.update(id, ItemPatch(text: .some(nil)), in: group)
        }
        _ = try await collection.delete(ids: Array(ids[65..<90]), in: group)
        for id in ids[65..<90] { items[id] = nil }
    }

    private func search(
        _ collection: VectorCollection, _ way: Way, _ items: [Item], _ texts: inout RandomTexts,
        _ note: String
    ) async throws {
        let oracle = PlainText(items)
        for number in 0..<12 {
            var request = SearchRequest(text: texts.query())
            request.limit = [1, 5, 10, 40][number % 4]
            (request.group, request.exact) = (way == .group ? "a" : nil, way == .exact ? true : nil)
            let note = "\(note), query \(number): \(request.text ?? "")"
            if number % 3 == 1 {
                request.filter = .holds("n", .compare(.below, .number(4)))
            }
            let scores = oracle.scores(of: request.text ?? "")
            expectSame(try await collection.search(request), oracle.best(request), scores, note)
            request.query = texts.vector(Self.dimension)
            if number % 2 == 1 { request.fusion = .weighted(0.3) }
            let fused = try await collection.search(request)
            let fusedTruth = oracle.fused(request)
            expectSame(
                fused, Array(fusedTruth.prefix(request.limit)),
                Dictionary(fusedTruth.map { ($0.id, $0.score) }) { $1 }, note + ", with a vector")
            for match in fused {
                #expect(near(match.textScore, scores[match.item.id] ?? 0), "\(note)")
            }
        }
    }

    /// That just these scores were found, each of an item that has it; of equal ones the lesser id first.
    private func expectSame(
        _ found: [Match], _ truth: [(id: String, score: Double)], _ scores: [String: Double], _ note: String
    ) {
        #expect(found.count == truth.count, "\(note)")
        for (match, expected) in zip(found, truth) {
            #expect(near(match.score, expected.score), "\(note)")
            #expect(near(match.score, scores[match.item.id] ?? -1), "\(note): \(match.item.id)")
        }
        for (first, second) in zip(found, found.dropFirst()) {
            #expect(
                first.score > second.score || first.score == second.score && first.item.id < second.item.id,
                "\(note)")
        }
    }

    private func near(_ score: Float?, _ expected: Double) -> Bool {
        abs(Double(score ?? -1) - expected) <= 1e-5 * max(1, expected)
    }
}

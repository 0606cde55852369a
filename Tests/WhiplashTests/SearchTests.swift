import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct SearchTests {
    @Test(
        "A search finds what brute force finds",
        arguments: [1, 2, 3, 16, 100, 384], Metric.allCases)
    func recall(dimension: Int, metric: Metric) async throws {
        let collection = try await TestDatabase().collection(dimension, metric)
        try await expectRecall(collection, dimension, count: 300, atLeast: 0.98)
    }

    @Test("So it does when the collection has outgrown reading everything", arguments: Metric.allCases)
    func recallByLayers(metric: Metric) async throws {
        let test = TestDatabase {
            $0.maxItemsPerBucket = 50
            $0.cacheBytes = 0
        }
        let collection = try await test.collection(64, metric)
        try await expectRecall(collection, 64, count: 1000, atLeast: 0.96)
        let estimate = try #require(collection.index.itemEstimate.withLock { $0 })
        #expect((700...1300).contains(estimate))
    }

    private func expectRecall(
        _ collection: VectorCollection, _ dimension: Int, count: Int, atLeast floor: Double
    ) async throws {
        var generator = SeededGenerator(seed: UInt64(dimension))
        let items = generator.items(count, dimension)
        try await collection.insert(items)
        var found = 0
        for query in generator.items(10, dimension) {
            let truth = bruteForce(items, query.vector, collection.configuration.metric)
            found += Set(try await collection.ids(near: query.vector)).intersection(truth).count
            #expect(try await collection.ids(near: query.vector, exact: true) == truth)
        }
        #expect(Double(found) / 100 >= floor)
    }

    /// The oracle: every score, sorted.
    private func bruteForce(_ items: [Item], _ query: [Float], _ metric: Metric) -> [String] {
        let scored = items.map { item in
            (
                item.id,
                item.vector.withUnsafeBufferPointer { vector in
                    query.withUnsafeBufferPointer { metric.score(vector, $0) }
                }
            )
        }
        return scored.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }.prefix(10).map(\.0)
    }

    @Test("Layers read fewer rows than there are, and only for angles")
    func layersReadLess() async throws {
        let index = CollectionIndex(try await TestDatabase().collection(64).configuration)
        index.itemEstimate.withLock { $0 = 1_000_000 }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<10 {
            guard
                case .ranges(let ranges) = SearchPlan(generator.vector(64), index, DatabaseSettings())
            else {
                Issue.record("a collection of a million is not read whole")
                return
            }
            #expect(ranges.count <= SearchPlan.maxRanges)
            #expect(ranges.allSatisfy { $0.depth == 8 })
        }
    }

    @Test(
        "What does not fit in memory is read within the bound on bytes, in every metric",
        arguments: Metric.allCases)
    func boundOnBytes(metric: Metric) async throws {
        let store = CountingStore()
        let test = TestDatabase(store) {
            $0.cacheBytes = 0
            $0.maxItemsPerBucket = 50
            $0.maxReadBytes = 100_000
        }
        let collection = try await test.collection(64, metric)
        var generator = SeededGenerator(seed: 11)
        let items = generator.items(2_000, 64)
        try await collection.insert(items)
        let bound = 100_000 / SearchPlan.rowBytes(collection.index.sketcher.format)
        _ = try await collection.ids(near: items[0].vector)
        for item in items.prefix(20) {
            _ = store.taken()
            _ = try await collection.ids(near: item.vector, limit: 1)
            // A joined run, or a page under way, may bring somewhat more.
            #expect(store.taken().rowsRead < 2 * bound && bound < 1_000)
        }
    }

    @Test func scoresFallAndDistancesRise() async throws {
        let collection = try await TestDatabase().collection(2, .euclidean)
        try await collection.insert([
            Item(id: "far", vector: [9, 0]), Item(id: "here", vector: [0, 0]),
            Item(id: "near", vector: [0, 1]),
        ])
        let matches = try await collection.search(SearchRequest(query: [0, 0]))
        #expect(matches.map(\.item.id) == ["here", "near", "far"])
        #expect(matches.map(\.score) == [0, -1, -9])
        #expect(matches.map(\.distance) == [0, 1, 9])
    }

    @Test func minScoreAndMaxDistanceLeaveOut() async throws {
        let collection = try await TestDatabase().collection(2)
        try await collection.insert([
            Item(id: "same", vector: [1, 0]), Item(id: "half", vector: [1, 1]),
            Item(id: "across", vector: [0, 1]),
        ])
        var request = SearchRequest(query: [2, 0])
        request.minScore = 0.5
        #expect(try await collection.search(request).map(\.item.id) == ["same", "half"])
        request.maxDistance = 0.1
        #expect(try await collection.search(request).map(\.item.id) == ["same"])
    }

    @Test("Of equal scores the lesser id comes first")
    func ties() async throws {
        let collection = try await TestDatabase().collection(3)
        try await collection.insert(
            ["c", "a", "b", "é", "e\u{301}"].map { Item(id: $0, vector: [1, 2, 3]) })
        #expect(
            try await collection.ids(near: [1, 2, 3]).map { Array($0.utf8) }
                == ["a", "b", "c", "e\u{301}", "é"].map { Array($0.utf8) })
    }

    @Test("An empty collection has no matches")
    func empty() async throws {
        let collection = try await TestDatabase().collection(3)
        #expect(try await collection.ids(near: [1, 2, 3]) == [])
        #expect(try await collection.ids(near: [1, 2, 3], exact: true) == [])
    }

    @Test func badQueriesAreRefused() async throws {
        let collection = try await TestDatabase().collection(2)
        for query: [Float] in [[], [1], [1, 2, 3], [.nan, 1], [1, .infinity], [0, 0]] {
            await expectViolation(of: "query") { try await collection.ids(near: query) }
        }
        for limit in [0, -1, 1001] {
            await expectViolation(of: "limit") { try await collection.ids(near: [1, 2], limit: limit) }
        }
    }
}

/// Expects `invalid` with this field.
func expectViolation<Output>(of field: String, _ body: () async throws -> Output) async {
    do {
        _ = try await body()
        Issue.record("nothing was refused; expected a violation of \(field)")
    } catch WhiplashError.invalid(let violation) {
        #expect(violation.field == field)
    } catch {
        Issue.record("\(error)")
    }
}

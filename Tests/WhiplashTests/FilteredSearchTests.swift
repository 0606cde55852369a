import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct FilteredSearchTests {
    /// How one item in `every` is marked: `{"n": 7, "every": [1, 7]}` for all shares that its number is a multiple of.
    private static let shares = [1, 2, 20, 200, 1000]

    private func marked(_ items: [Item]) throws -> [Item] {
        try items.enumerated().map { number, item in
            let multiples = Self.shares.filter { number.isMultiple(of: $0) }.map(String.init)
            var item = item
            item.metadata = try RawJSON(
                parsing: "{\"n\": \(number), \"every\": [\(multiples.joined(separator: ","))]}")
            return item
        }
    }

    @Test(
        "A narrow filter finds what brute force finds, and as many as there are",
        arguments: [(2000, 256), (2000, 0), (300, 256)], Metric.allCases)
    func recall(setup: (items: Int, cacheMegabytes: Int), metric: Metric) async throws {
        let test = TestDatabase {
            $0.maxItemsPerBucket = 500
            $0.cacheBytes = setup.cacheMegabytes << 20
        }
        let collection = try await test.collection(96, metric)
        var generator = SeededGenerator(seed: UInt64(setup.items))
        let items = try marked(generator.items(setup.items, 96))
        try await collection.insert(items)
        for share in Self.shares {
            var found = 0
            var wanted = 0
            for query in generator.items(5, 96) {
                var request = SearchRequest(query: query.vector)
                request.limit = 10
                request.filter = .holds("every", .equal(.number(Double(share))))
                let matches = try await collection.search(request)
                request.exact = true
                let truth = try await collection.search(request)
                #expect(truth.map(\.item) == bruteForce(items, request, metric))
                #expect(matches.count == truth.count)
                #expect(matches.allSatisfy { request.filter?.matches($0.item.metadata) == true })
                wanted += truth.count
                found += Set(matches.map(\.item.id)).intersection(truth.map(\.item.id)).count
            }
            #expect(Double(found) >= 0.98 * Double(wanted), "one in \(share)")
        }
    }

    private func bruteForce(_ items: [Item], _ request: SearchRequest, _ metric: Metric) -> [Item] {
        let passing = items.enumerated().filter { number, _ in
            guard case .holds(_, .equal(.number(let share))) = request.filter else { return false }
            return number.isMultiple(of: Int(share))
        }
        let scored = passing.map { _, item in
            let score = item.vector.withUnsafeBufferPointer { vector in
                request.query.withUnsafeBufferPointer { metric.score(vector, $0) }
            }
            return (item, score)
        }
        return scored.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0.id < $1.0.id }.prefix(10).map(\.0)
    }

    @Test("In a group every best match under a filter is found", arguments: Metric.allCases)
    func groups(metric: Metric) async throws {
        let test = TestDatabase()
        var new = NewCollection(name: "c", featureCount: 96)
        (new.metric, new.grouping) = (metric, true)
        let collection = try await test.database.createCollection(new, in: "p")
        var generator = SeededGenerator(seed: 5)
        let items = try marked(generator.items(1500, 96)).map { item in
            var item = item
            item.group = "g"
            return item
        }
        try await collection.insert(items)
        for share in Self.shares {
            var request = SearchRequest(query: generator.vector(96))
            request.limit = 10
            request.group = "g"
            request.filter = .holds("every", .equal(.number(Double(share))))
            let truth = bruteForce(items, request, metric)
            #expect(try await collection.search(request).map(\.item) == truth)
            request.exact = false
            let found = try await collection.search(request)
            #expect(found.count == truth.count)
        }
    }

    @Test func seesMetadataChangedByThePatchBeforeIt() async throws {
        let collection = try await TestDatabase().collection(4)
        try await collection.insert([
            Item(id: "a", vector: [1, 0, 0, 0]), Item(id: "b", vector: [0, 1, 0, 0]),
        ])
        var request = SearchRequest(query: [1, 1, 0, 0])
        request.filter = .holds("read", .equal(.boolean(true)))
        #expect(try await collection.search(request).isEmpty)
        let patch = ItemPatch(metadata: try RawJSON(parsing: #"{"read": true}"#))
        _ = try await collection.update("b", patch)
        #expect(try await collection.search(request).map(\.item.id) == ["b"])
    }

    @Test("A filter that refuses everything gives nothing, and does not read for ever")
    func findsNothing() async throws {
        let collection = try await TestDatabase().collection(32)
        var generator = SeededGenerator(seed: 4)
        try await collection.insert(generator.items(1500, 32))
        var request = SearchRequest(query: generator.vector(32))
        request.filter = .or([])
        #expect(try await collection.search(request).isEmpty)
    }
}

import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct TargetRecallTests {
    private static let seed: UInt64 = 31
    private static let queryCount = 20
    private static let limit = 10

    @Test(
        "A lower target reads fewer vectors, and finds its share of the nearest at least",
        arguments: [64, 384], Metric.allCases)
    func readsFewer(dimension: Int, metric: Metric) async throws {
        let collection = try await TestDatabase().collection(dimension, metric)
        var generator = SeededGenerator(seed: Self.seed)
        let items = generator.items(600 + Self.queryCount, dimension)
        try await collection.insert(Array(items.dropLast(Self.queryCount)))
        let queries = items.suffix(Self.queryCount).map(\.vector)
        let whole = try await readings(collection, queries, nil)
        var fewest = whole.vectorCount
        for target in [0.99, 0.95, 0.9, 0.8, 0.5] {
            let read = try await readings(collection, queries, target)
            #expect(read.vectorCount < fewest, "\(target), seed \(Self.seed)")
            #expect(read.recall >= target, "\(target), seed \(Self.seed)")
            fewest = read.vectorCount
        }
    }

    /// What all queries have read together, by what their explanations tell, and the share of the true neighbours found.
    private func readings(
        _ collection: VectorCollection, _ queries: [[Float]], _ target: Double?
    ) async throws -> (vectorCount: Int, recall: Double) {
        var (vectorCount, foundCount) = (0, 0)
        for query in queries {
            var request = SearchRequest(query: query)
            (request.limit, request.targetRecall) = (Self.limit, target)
            let (matches, explanation) = try await collection.explain(request)
            let truth = Set(try await collection.ids(near: query, limit: Self.limit, exact: true))
            vectorCount += try #require(explanation.vector).rerankedCount
            foundCount += truth.intersection(matches.map(\.item.id)).count
        }
        return (vectorCount, Double(foundCount) / Double(Self.limit * queries.count))
    }

    @Test(arguments: [-1, 0, 0.499, 0.998, 1, 90, .infinity, .nan])
    func isRefusedOutOfRange(target: Double) async throws {
        let collection = try await TestDatabase().collection(2)
        var request = SearchRequest(query: [1, 2])
        request.targetRecall = target
        await expectViolation(of: "target_recall") { [request] in try await collection.search(request) }
        await expectViolation(of: "searches[1].target_recall") { [request] in
            try await collection.search([SearchRequest(query: [1, 2]), request])
        }
        await expectViolation(of: "target_recall") { [request] in
            try await collection.searchPage(request, cursor: nil)
        }
    }

    @Test("It is refused where no shortlist is made, and is of the vector where words are sought as well")
    func whatItGoesWith() async throws {
        var new = NewCollection(name: "words", featureCount: 2)
        new.textIndex = true
        let collection = try await TestDatabase().database.createCollection(new, in: "p")
        try await collection.insert([
            Item(id: "a", vector: [1, 2], text: "whale"), Item(id: "b", vector: [2, 1]),
        ])
        func found(_ change: (inout SearchRequest) -> Void) async throws -> Set<String> {
            var request = SearchRequest(query: [1, 2])
            request.targetRecall = 0.9
            change(&request)
            return Set(try await collection.search(request).map(\.item.id))
        }
        #expect(try await found { _ in } == ["a", "b"])
        #expect(try await found { $0.exact = false } == ["a", "b"])
        #expect(try await found { $0.text = "whale" } == ["a", "b"])
        #expect(try await found { ($0.query, $0.itemID) = ([], "a") } == ["b"])
        for target in [0.5, 0.997] {
            #expect(try await found { $0.targetRecall = target } == ["a", "b"])
        }
        await expectViolation(of: "target_recall") { try await found { $0.exact = true } }
        await expectViolation(of: "target_recall") {
            try await found { ($0.query, $0.text) = ([], "whale") }
        }
        let grouped = try await TestDatabase().grouped(2)
        for exact in [nil, true, false] {
            var request = SearchRequest(query: [1, 2])
            (request.group, request.exact, request.targetRecall) = ("g", exact, 0.9)
            await expectViolation(of: "target_recall") { [request] in try await grouped.search(request) }
        }
    }
}

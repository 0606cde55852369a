import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct SearchPageTests {
    private func pages(
        _ collection: VectorCollection, _ request: SearchRequest,
        between: (Int) async throws -> Void = { _ in }
    ) async throws -> [Match] {
        var (matches, cursor, number): ([Match], String?, Int) = ([], nil, 0)
        repeat {
            let page = try await collection.searchPage(request, cursor: cursor)
            #expect(page.matches.count <= request.limit)
            matches += page.matches
            cursor = page.cursor
            number += 1
            try await between(number)
        } while cursor != nil
        return matches
    }

    @Test("Pages together are the whole order, each item once", arguments: Metric.allCases, [false, true])
    func pagesAreTheWholeOrder(metric: Metric, grouping: Bool) async throws {
        var new = NewCollection(name: "c", featureCount: 8)
        (new.metric, new.grouping) = (metric, grouping)
        let collection = try await TestDatabase().database.createCollection(new, in: "p")
        var generator = SeededGenerator(seed: 9)
        // Some vectors are there twice, so that pages end amid equal scores.
        let items = generator.items(150, 8).map { item in
            var item = item
            if grouping { item.group = "g" }
            return item
        }
        let twins = items.prefix(60).map { item in
            var item = item
            item.id += "-twin"
            return item
        }
        try await collection.insert(items + twins)
        var request = SearchRequest(query: items[3].vector)
        (request.limit, request.exact, request.group) = (1000, true, grouping ? "g" : nil)
        let whole = try await collection.search(request)
        #expect(whole.count == 210)
        for limit in [1, 7, 100, 210] {
            request.limit = limit
            #expect(try await pages(collection, request).map(\.item.id) == whole.map(\.item.id))
        }
    }

    @Test("What is stored between pages is not taken for what a page gave, and nothing comes twice")
    func nothingComesTwice() async throws {
        let collection = try await TestDatabase().collection(8)
        var generator = SeededGenerator(seed: 10)
        let items = generator.items(100, 8)
        try await collection.insert(items)
        var request = SearchRequest(query: items[0].vector)
        request.limit = 10
        let matches = try await pages(collection, request) { number in
            var near = items[0]
            near.id = "new \(number)"
            try await collection.insert([near])
        }
        let ids = matches.map(\.item.id)
        #expect(Set(ids).count == ids.count)
        #expect(Set(ids).isSuperset(of: items.map(\.id)))
    }

    @Test func endsWhereMatchesAreNoLongerNearEnough() async throws {
        let collection = try await TestDatabase().collection(8)
        var generator = SeededGenerator(seed: 11)
        let items = generator.items(100, 8)
        try await collection.insert(items)
        var request = SearchRequest(query: items[0].vector)
        (request.limit, request.minScore) = (4, 0.5)
        let matches = try await pages(collection, request)
        request.limit = 1000
        #expect(matches.map(\.item.id) == (try await collection.search(request)).map(\.item.id))
    }

    @Test("Pages end where they may reach no farther, the last one shorter", arguments: [300, 1_000])
    func endsAtTheReach(limit: Int) async throws {
        var new = NewCollection(name: "c", featureCount: 2)
        new.textIndex = true
        let collection = try await TestDatabase().database.createCollection(new, in: "p")
        var generator = SeededGenerator(seed: 13)
        let items = (0..<1_100).map {
            Item(id: "\($0)", vector: generator.vector(2), text: "whale \($0 % 7)")
        }
        try await collection.insert(items)
        var request = SearchRequest(query: [1, 0])
        (request.text, request.limit) = ("whale", limit)
        let matches = try await pages(collection, request)
        #expect(matches.count == 1_000)
        #expect(Set(matches.map(\.item.id)).count == 1_000)
    }

    @Test("By a vector alone pages go to the 10,000th match")
    func endsAtTheGreatestReach() async throws {
        let collection = try await TestDatabase().collection(1, .dot)
        let items = (0..<10_050).map { Item(id: "\($0)", vector: [Float($0)]) }
        try await collection.insert(items)
        var request = SearchRequest(query: [1])
        (request.limit, request.exact) = (1_000, true)
        let matches = try await pages(collection, request)
        #expect(matches.map(\.item.id) == (50..<10_050).reversed().map(String.init))
    }

    @Test("A cursor goes on with the search that gave it, with pages of any size, and with no other")
    func cursorsAreBound() async throws {
        let collection = try await TestDatabase().collection(8)
        var generator = SeededGenerator(seed: 14)
        let items = generator.items(60, 8)
        try await collection.insert(items)
        var request = SearchRequest(query: items[0].vector)
        request.limit = 4
        let cursor = try #require(try await collection.searchPage(request, cursor: nil).cursor)
        (request.limit, request.eventual, request.explain) = (7, true, true)
        #expect(try await collection.searchPage(request, cursor: cursor).matches.count == 7)
        let changes: [(inout SearchRequest) -> Void] = [
            { $0.query[3] += 1 }, { $0.minScore = 0.1 }, { $0.maxDistance = 3 }, { $0.excludedID = "9" },
            { $0.filter = .not(.and([])) }, { $0.exact = true }, { ($0.query, $0.itemID) = ([], "0") },
            { $0.targetRecall = 0.9 },
        ]
        for change in changes {
            var other = request
            change(&other)
            await expectViolation(of: "cursor") { [other] in
                try await collection.searchPage(other, cursor: cursor)
            }
        }
    }

    @Test(arguments: ["", "x", "0.0.0"]) func refusesACursorOfElsewhere(cursor: String) async throws {
        let collection = try await TestDatabase().collection(2)
        await #expect(throws: WhiplashError.self) {
            try await collection.searchPage(SearchRequest(query: [1, 0]), cursor: cursor)
        }
    }

    @Test func leavesOutTheItemWhoseNeighboursAreSought() async throws {
        let collection = try await TestDatabase().collection(8)
        var generator = SeededGenerator(seed: 12)
        let items = generator.items(50, 8)
        try await collection.insert(items)
        var request = SearchRequest(query: items[7].vector)
        request.limit = 11
        let all = try await collection.search(request).map(\.item.id)
        (request.limit, request.excludedID) = (10, "7")
        #expect(all.first == "7")
        #expect(try await collection.search(request).map(\.item.id) == Array(all.dropFirst()))
    }
}

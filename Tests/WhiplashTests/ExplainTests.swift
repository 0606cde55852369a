import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct ExplainTests {
    private static let seed: UInt64 = 23

    private func filled(
        _ count: Int, _ change: (inout DatabaseSettings) -> Void = { _ in }
    ) async throws -> (VectorCollection, CountingStore, [Float]) {
        let store = CountingStore()
        let collection = try await TestDatabase(store, change).collection(16)
        var generator = SeededGenerator(seed: Self.seed)
        try await collection.insert(generator.items(count, 16))
        _ = store.taken()
        return (collection, store, generator.vector(16))
    }

    private func part(
        _ collection: VectorCollection, _ request: SearchRequest
    ) async throws -> SearchExplanation.VectorPart {
        try #require(try await collection.explain(request).explanation.vector)
    }

    @Test("The matches are those of the search, and what is told is what the store was asked for")
    func countsWhatIsRead() async throws {
        let (collection, store, query) = try await filled(400)
        let request = SearchRequest(query: query)
        let cold = try await collection.explain(request).explanation
        #expect(cold.vector?.cache == .cold)
        #expect(cold.vector?.path == .memory)
        #expect(cold.vector?.sketchCount == 400)
        #expect(cold.usage.rowsRead == store.taken().rowsRead)
        let (matches, told) = try await collection.explain(request)
        let counted = store.taken()
        #expect(told.usage.calls == counted.calls)
        #expect(told.usage.rowsRead == counted.rowsRead)
        #expect(told.usage.bytesRead > told.usage.rowsRead * 16 * 4)
        #expect(told.usage.rowsWritten == 0)
        #expect(told.usage.units == nil)
        #expect(told.cost == nil)
        #expect(told.words == nil)
        let vector = try #require(told.vector)
        #expect(vector.cache == .warm)
        #expect(vector.rerankedCount == told.usage.rowsRead)
        #expect(vector.candidateCount >= vector.rerankedCount)
        #expect(vector.sketchCount == 400)
        #expect((vector.layer, vector.bitCount, vector.rangeCount) == (nil, nil, nil))
        // The log, and then the rounds of vectors.
        #expect(told.roundTripCount == 1 + vector.roundCount)
        let stages = vector.times.following + vector.times.sketches + vector.times.vectors
        #expect(stages <= told.time)
        #expect(told.usage.time <= told.time)
        #expect(vector.times.vectors > .zero)
        let found = try await collection.search(request)
        #expect(matches.map(\.item.id) == found.map(\.item.id), "seed \(Self.seed)")
    }

    @Test("A search reads the same whether it explains itself or not, and leaves no trace")
    func costsNothing() async throws {
        let (collection, store, query) = try await filled(400)
        _ = try await collection.search(for: query)
        _ = store.taken()
        _ = try await collection.search(for: query)
        let plain = store.taken()
        var request = SearchRequest(query: query)
        request.explain = true
        _ = try await collection.answer(request)
        #expect(store.taken() == plain)
        #expect(collection.trace == nil)
        request.explain = false
        #expect(try await collection.answer(request).explanation == nil)
        #expect(try await collection.searchPage(request, cursor: nil).explanation == nil)
    }

    @Test("Each path is told by its name")
    func paths() async throws {
        let (small, _, query) = try await filled(300) { $0.cacheBytes = 0 }
        let request = SearchRequest(query: query)
        #expect(try await part(small, request).path == .whole)
        let (large, _, _) = try await filled(2_000) { settings in
            (settings.cacheBytes, settings.maxItemsPerBucket) = (0, 4)
            settings.defaultBitStart = 4
        }
        let ranges = try await part(large, request)
        #expect(ranges.path == .ranges)
        #expect(ranges.cache == .cold)
        #expect(ranges.rangeCount ?? 0 >= 1)
        #expect(ranges.sketchCount <= 2_000)
        // 2,000 items in buckets of 4 take 9 bits: layer 3 of 4, 6, 8 and 10.
        let known = try await part(large, request)
        #expect(known.cache == .tooLarge)
        #expect((known.layer, known.bitCount) == (3, 10))
        var exact = request
        exact.exact = true
        let exhaustive = try await part(small, exact)
        #expect(exhaustive.path == .exhaustive)
        #expect(exhaustive.rerankedCount == 300)
        #expect(exhaustive.sketchCount == 0)
        #expect(exhaustive.cache == nil)
    }

    @Test("A filter's refusals are told, and the vectors read in vain")
    func filters() async throws {
        let (collection, _, query) = try await filled(400)
        var request = SearchRequest(query: query)
        request.filter = .holds("missing", .exists)
        let told = try await part(collection, request)
        #expect(told.path == .exhaustive)
        #expect(told.refusedCount >= 400)
    }

    @Test("The item whose neighbours are sought is a round trip and a row more")
    func neighbours() async throws {
        let (collection, store, _) = try await filled(100)
        _ = try await collection.search(SearchRequest(neighboursOf: "7"))
        _ = store.taken()
        let told = try await collection.explain(SearchRequest(neighboursOf: "7")).explanation
        let vector = try #require(told.vector)
        #expect(told.usage.rowsRead == store.taken().rowsRead)
        #expect(told.usage.rowsRead == vector.rerankedCount + 1)
        #expect(told.roundTripCount == 2 + vector.roundCount)
    }

    @Test("Of an eventual search the log is not read")
    func eventual() async throws {
        let (collection, _, query) = try await filled(100)
        var request = SearchRequest(query: query)
        _ = try await collection.search(request)
        request.eventual = true
        let told = try await collection.explain(request).explanation
        #expect(told.roundTripCount == told.vector?.roundCount)
    }

    @Test func aGroupIsToldOf() async throws {
        let collection = try await TestDatabase().grouped(16)
        var generator = SeededGenerator(seed: Self.seed)
        try await collection.insert(generator.items(60, 16, in: "a") + generator.items(40, 16, in: "b"))
        var request = SearchRequest(query: generator.vector(16))
        request.group = "a"
        let told = try await collection.explain(request).explanation
        let vector = try #require(told.vector)
        #expect(vector.path == .group)
        #expect(vector.cache == nil)
        #expect(vector.sketchCount == 60)
        #expect(told.usage.rowsRead == 60 + vector.rerankedCount)
        #expect(told.roundTripCount == 1 + vector.roundCount)
        request.filter = .holds("missing", .exists)
        #expect(try await part(collection, request).refusedCount == 60)
    }

    @Test("Words and a vector are told of apart, and their round trips are at the same time")
    func words() async throws {
        var new = NewCollection(name: "c", featureCount: 16)
        new.textIndex = true
        let collection = try await TestDatabase().database.createCollection(new, in: "p")
        var generator = SeededGenerator(seed: Self.seed)
        var items = generator.items(90, 16)
        for index in items.indices { items[index].text = index % 3 == 0 ? "a rare word" : "a word" }
        try await collection.insert(items)
        let alone = try await collection.explain(SearchRequest(text: "rare word")).explanation
        #expect(alone.vector == nil)
        let words = try #require(alone.words)
        #expect((words.path, words.termCount, words.scannedCount) == (.index, 2, 0))
        // The words' postings, and those of all texts.
        #expect(words.postingCount == 30 + 90 + 90)
        #expect(words.candidateCount == 90)
        #expect(alone.usage.rowsRead == words.postingCount + words.rerankedCount)
        #expect(alone.roundTripCount == 1 + words.roundCount)

        var both = SearchRequest(text: "rare word")
        both.query = generator.vector(16)
        _ = try await collection.search(both)
        let fused = try await collection.explain(both).explanation
        let (vector, beside) = (try #require(fused.vector), try #require(fused.words))
        #expect(fused.roundTripCount == 1 + max(vector.roundCount, beside.roundCount))

        var exact = SearchRequest(text: "rare")
        exact.exact = true
        let scanned = try #require(try await collection.explain(exact).explanation.words)
        #expect((scanned.path, scanned.scannedCount, scanned.candidateCount) == (.exhaustive, 90, 30))
        #expect(scanned.postingCount == 0)
    }

    @Test("Pages and each search of a batch are explained where they ask for it")
    func pagesAndBatches() async throws {
        let (collection, store, query) = try await filled(200)
        var request = SearchRequest(query: query)
        _ = try await collection.search(request)
        _ = store.taken()
        request.explain = true
        let page = try await collection.searchPage(request, cursor: nil)
        #expect(page.explanation?.usage.rowsRead == store.taken().rowsRead)
        #expect(page.matches.count == 5)
        let answers = try await collection.answer([request, SearchRequest(query: query), request])
        #expect(answers.map { $0.explanation != nil } == [true, false, true])
        let told = answers.compactMap(\.explanation)
        #expect(told.allSatisfy { $0.usage.rowsRead == $0.vector?.rerankedCount })
        #expect(told.allSatisfy { $0.roundTripCount == 2 })
        #expect(try await collection.search([request]).map(\.count) == [5])
    }

    @Test("Totals have what was read and written of the collection, and for a caller what it asked for")
    func totals() async throws {
        let store = CountingStore()
        let place = TestDatabase(store)
        let meter = StoreMeter()
        let collection = try await place.collection(16)
        var generator = SeededGenerator(seed: Self.seed)
        _ = store.taken()
        try await collection.insert(generator.items(50, 16))
        let written = store.taken().writes
        let mine = try await place.database.measured(by: meter).collection("c", in: "p")
        let lookUp = store.taken()
        _ = try await mine.search(for: generator.vector(16))
        let searched = store.taken()
        let totals = place.database.totals(of: collection.index.meter)
        #expect(totals.usage.rowsWritten == written)
        #expect(totals.usage.rowsRead == searched.rowsRead)
        #expect(totals.usage.units == nil)
        #expect(totals.since == 1_700_000_000_000)
        #expect(meter.usage.rowsWritten == 0)
        #expect(meter.usage.calls == searched.calls + lookUp.calls)
        #expect(try await collection.statistics().totals.usage.rowsWritten == written)
        #expect(place.database.collectionTotals.map(\.name) == ["c"])
    }

    @Test("Units have the price of the list, which stands beside its day")
    func prices() throws {
        let meter = StoreMeter()
        #expect(StoreCost(meter.usage, .dynamoDB) == nil)
        meter.expectUnits()
        meter.addRequest(readUnits: 8)
        meter.addRequest(readUnits: 4.5, writeUnits: 1)
        let prices = PriceList(date: "2027-01-01", readUnits: 2, writeUnits: 10)
        #expect(StoreCost(meter.usage, prices) == StoreCost(dollars: 35e-6, priceDate: "2027-01-01"))
    }
}

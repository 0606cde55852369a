import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// What is written so that words are found, and what becomes of it.
@Suite struct PostingTests {
    private func collection(_ store: any Store, clock: TestClock = TestClock()) async throws
        -> VectorCollection
    {
        var new = NewCollection(name: "c", featureCount: 2)
        new.textIndex = true
        return try await TestDatabase(store, clock: clock).database.createCollection(new, in: "p")
    }

    private func item(_ id: String, _ text: String?) -> Item { Item(id: id, vector: [1, 2], text: text) }

    /// The postings there are, as `<term> <id>`.
    private func postings(_ store: any Store, _ collection: VectorCollection) async throws -> [String] {
        let start = collection.configuration.incarnation + ".text."
        return try await store.scan(TableScan(collection.bucketsTable, consistency: .strong)).rows
            .filter { $0.key.partition.hasPrefix(start) }
            .map { row in
                let posting = try #require(Posting(row))
                return row.key.partition.dropFirst(start.count) + " " + posting.id
            }.sorted()
    }

    private func ids(_ text: String, _ collection: VectorCollection) async throws -> [String] {
        try await collection.search(SearchRequest(text: text)).map(\.item.id)
    }

    @Test(
        "A posting is read as it was written",
        arguments: ["a", "日本語", "0az", String(repeating: "x", count: 512)])
    func roundTrip(id: String) throws {
        for (count, length) in [(1, 1), (1295, 100_000), (2000, 2000)] {
            let sort = Posting.sortKey(of: id, count: count, length: length)
            let row = Row(key: RowKey(partition: "i.text.t", sort: sort), attributes: ["w": .integer(77)])
            let posting = try #require(Posting(row))
            #expect(posting.id == id && posting.length == length && posting.stamp.number == 77)
            #expect(posting.count == min(count, Posting.maxCount))
            #expect(posting.spread < Posting.spreadEnd)
        }
        #expect(
            Posting(Row(key: RowKey(partition: "p", sort: "short"), attributes: ["w": .integer(1)])) == nil)
        #expect(
            Posting(Row(key: RowKey(partition: "p", sort: "ABCDEF0101a0id"), attributes: ["w": .integer(1)]))
                == nil)
    }

    @Test("Changes leave just the postings of the texts that are")
    func follows() async throws {
        let store = MemoryStore()
        let collection = try await collection(store)
        try await collection.insert([item("a", "red fox"), item("b", "red hen"), item("c", nil)])
        #expect(try await postings(store, collection) == [" a", " b", "fox a", "hen b", "red a", "red b"])
        try await collection.insert([item("a", "grey fox fox")])
        #expect(try await postings(store, collection) == [" a", " b", "fox a", "grey a", "hen b", "red b"])
        _ = try await collection.update("b", ItemPatch(text: .some("blue hen")))
        #expect(try await postings(store, collection) == [" a", " b", "blue b", "fox a", "grey a", "hen b"])
        _ = try await collection.update("b", ItemPatch(vector: [2, 1]))
        _ = try await collection.update("b", ItemPatch(text: .some("hen")))
        #expect(try await postings(store, collection) == [" a", " b", "fox a", "grey a", "hen b"])
        _ = try await collection.update("b", ItemPatch(text: .some(nil)))
        _ = try await collection.delete(ids: ["a"])
        #expect(try await postings(store, collection) == [])
    }

    @Test("The same write twice leaves what it leaves once")
    func idempotent() async throws {
        let store = MemoryStore()
        let collection = try await collection(store)
        for _ in 0..<2 { try await collection.insert([item("a", "one two two"), item("b", "two")]) }
        #expect(try await postings(store, collection) == [" a", " b", "one a", "two a", "two b"])
    }

    @Test("A posting of a text that is gone finds nothing, and goes when no write can need it any more")
    func stalePostings() async throws {
        let (store, clock) = (MemoryStore(), TestClock())
        let collection = try await collection(store, clock: clock)
        try await collection.insert([item("a", "old words"), item("b", "other")])
        // As a writer leaves it that died behind the truth of another text.
        let row = try #require(try await collection.storedRow("a", in: nil))
        var changed = row
        changed.item.text = "new"
        try await store.write(
            collection.postings(of: [changed.item], row.stamp)
                + [.put(changed.row(collection.layout, .float32), in: collection.vectorsTable)])
        #expect(try await ids("old", collection) == [])
        #expect(try await ids("new words", collection) == ["a"])
        #expect(try await postings(store, collection).contains("old a"), "its writer may be under way")
        clock.advance(BucketRow.graceMilliseconds + 10_000)
        #expect(try await ids("old words", collection) == [])
        #expect(try await postings(store, collection) == [" a", " a", " b", "new a", "other b"])
    }

    @Test("A writer that stores the old text again while it is being replaced loses no posting")
    func race() async throws {
        for call in 1...3 {
            let store = InterruptedStore()
            let collection = try await collection(store)
            try await collection.insert([item("a", "first words")])
            store.beforeCall(call) { try await collection.insert([self.item("a", "first words")]) }
            try await collection.insert([item("a", "second words")])
            try await store.finish()
            let text = try #require(try await collection.item(id: "a")?.text)
            let other = text == "first words" ? "second" : "first"
            #expect(try await ids(text, collection) == ["a"], "before call \(call)")
            #expect(try await ids("words", collection) == ["a"], "before call \(call)")
            #expect(try await ids(other, collection) == [], "before call \(call)")
        }
    }

    @Test(
        "Whichever call of a write fails, the acknowledged text is found, and the write sent again completes it"
    )
    func brokenWrites() async throws {
        for call in 1...3 {
            let store = InterruptedStore()
            let collection = try await collection(store)
            try await collection.insert([item("a", "first words")])
            store.beforeCall(call) {
                throw StoreError.unavailable(store: "test", reason: "broken on purpose")
            }
            let wasStored = (try? await collection.insert([item("a", "second words")])) != nil
            let text = try #require(try await collection.item(id: "a")?.text)
            #expect(!wasStored)
            #expect(try await ids(text, collection) == ["a"], "call \(call)")
            try await collection.insert([item("a", "second words")])
            #expect(try await ids("second", collection) == ["a"], "call \(call)")
            #expect(try await ids("first", collection) == [], "call \(call)")
        }
    }

    @Test("Without a text index nothing more is written or read")
    func plainCollectionsPayNothing() async throws {
        let store = CountingStore()
        let test = TestDatabase(store)
        let collection = try await test.collection(2)
        _ = store.taken()
        try await collection.insert([item("a", "many words in a text")])
        #expect(store.taken() == .init(calls: 1, writes: 3, queries: 0, rowsRead: 0))
    }

    @Test(
        "With one an item costs a row for each different word and one more, and one read of what it replaces")
    func costOfAnIndex() async throws {
        let store = CountingStore()
        let collection = try await collection(store)
        _ = store.taken()
        try await collection.insert([item("a", "to be or not to be")])
        #expect(store.taken() == .init(calls: 2, writes: 3 + 5, queries: 0, rowsRead: 1))
    }

    @Test("Each posting is one write unit, also with the longest word and id")
    func postingsAreSmall() {
        let collection = CollectionConfiguration(
            name: "c", project: "p", stage: "s", region: "r", featureCount: 1, planeCount: 1, bitStart: 1,
            bitScaleFactor: 1, metric: .cosine, createdAt: 0)
        let keys = Posting.keys(
            of: String(repeating: "i", count: 512), text: String(repeating: "w", count: 100), collection)
        for key in keys {
            #expect(Row(key: key, attributes: ["w": .integer(.max)]).storedSizeBytes <= 1024)
        }
    }
}

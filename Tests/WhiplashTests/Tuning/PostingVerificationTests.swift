import Storage
import Testing

@testable import Whiplash

@Suite struct PostingVerificationTests {
    private func filled(
        _ store: any Store = MemoryStore(pageRows: 40)
    ) async throws -> (TestDatabase, VectorCollection) {
        let test = TestDatabase(store)
        var new = NewCollection(name: "c", featureCount: 2)
        new.textIndex = true
        let collection = try await test.database.createCollection(new, in: "p")
        try await collection.insert(
            (0..<150).map { Item(id: "\($0)", vector: [1, Float($0)], text: "word\($0 % 5) of \($0)") })
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        return (test, collection)
    }

    private func found(_ text: String, in collection: VectorCollection) async throws -> Set<String> {
        var request = SearchRequest(text: text)
        request.limit = 1_000
        return Set(try await collection.search(request).map(\.item.id))
    }

    /// All slices together.
    private func verify(_ collection: VectorCollection, rows: Int = 10_000) async throws -> VerificationReport
    {
        var total = VerificationReport()
        repeat {
            let slice = try await collection.verify(cursor: total.cursor, rows: rows, within: 100_000)
            total.checked += slice.checked
            total.missingPostings += slice.missingPostings
            total.needlessPostings += slice.needlessPostings
            total.mended += slice.mended
            total.cursor = slice.cursor
        } while total.cursor != nil
        return total
    }

    @Test(
        "A healthy index of words is left as it is, and slices look at each row once", arguments: [1, 10_000])
    func healthy(rows: Int) async throws {
        let (_, collection) = try await filled()
        // Of each item its vector, its bucket row, and four postings, each looked for and looked at.
        #expect(
            try await verify(collection, rows: rows) == VerificationReport(checked: 150 * (1 + 1 + 4 + 4)))
    }

    @Test("Postings that are missing are stored, and words are found again")
    func missing() async throws {
        let (test, collection) = try await filled()
        let row = try #require(try await collection.storedRow("7", in: nil))
        let keys = Posting.keys(of: "7", text: row.item.text, collection.configuration)
        try await collection.store.write(keys.map { .delete($0, in: collection.bucketsTable) })
        #expect(try await found("word2", in: collection).count == 29)
        let report = try await verify(collection)
        #expect(report.missingPostings == 4 && report.needlessPostings == 0 && report.mended == 4)
        #expect(try await found("word2", in: collection).contains("7"))
        #expect(try await verify(collection).mended == 0)
        // What was mended goes with its text.
        _ = try await collection.update("7", ItemPatch(text: .some(nil)))
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await verify(collection).mended == 0)
    }

    @Test("Postings of no text are removed when no write can need them any more")
    func needless() async throws {
        let (test, collection) = try await filled()
        func stray(_ text: String, of id: String) -> [Write] {
            let stamp = collection.origin.stamp()
            return Posting.keys(of: id, text: text, collection.configuration).map { key in
                .put(Row(key: key, attributes: ["w": .integer(stamp.number)]), in: collection.bucketsTable)
            }
        }
        try await collection.store.write(stray("other words of 8", of: "8") + stray("gone", of: "gone"))
        #expect(try await verify(collection).mended == 0, "a write may be under way")
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        let report = try await verify(collection)
        // Its length is part of a posting, so that all of the longer text are of no text that is stored.
        #expect(report.needlessPostings == 5 + 2 && report.missingPostings == 0)
        #expect(try await verify(collection).mended == 0)
        #expect(try await found("of", in: collection).count == 150)
    }

    @Test("What is written between the two looks is left to its writer")
    func meanwhile() async throws {
        for call in 1...40 {
            let store = InterruptedStore()
            let (_, collection) = try await filled(store)
            let row = try #require(try await collection.storedRow("7", in: nil))
            let keys = Posting.keys(of: "7", text: row.item.text, collection.configuration)
            try await collection.store.write(keys.map { .delete($0, in: collection.bucketsTable) })
            store.beforeCall(call) {
                try await collection.insert([Item(id: "7", vector: [1, 7], text: "another text")])
                _ = try await collection.update("8", ItemPatch(text: "another text"))
            }
            _ = try await verify(collection)
            try await store.finish()
            #expect(try await found("another", in: collection) == ["7", "8"], "before call \(call)")
            #expect(try await found("of", in: collection).count == 148)
        }
    }
}

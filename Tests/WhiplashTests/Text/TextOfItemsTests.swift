import Storage
import Testing

@testable import Whiplash

/// Words, conditions and times together: a search by words sees what a condition has let through, and nothing that has expired.
@Suite struct TextOfItemsTests {
    private func collection(_ test: TestDatabase, _ grouping: Bool) async throws -> VectorCollection {
        var new = NewCollection(name: "c", featureCount: 2)
        (new.textIndex, new.grouping) = (!grouping, grouping)
        return try await test.database.createCollection(new, in: "p")
    }

    private func ids(_ text: String, _ collection: VectorCollection, exact: Bool = false) async throws
        -> [String]
    {
        var request = SearchRequest(text: text)
        request.group = collection.configuration.grouping ? "g" : nil
        if exact { request.exact = true }
        return try await collection.search(request).map(\.item.id).sorted()
    }

    private func item(_ text: String, _ collection: VectorCollection, expiresAt: Int64? = nil) -> Item {
        Item(
            id: "a", vector: [1, 2], text: text, group: collection.configuration.grouping ? "g" : nil,
            expiresAt: expiresAt)
    }

    @Test(
        "A text that a condition refuses is not found, and the one in its place stays found",
        arguments: [false, true])
    func refused(grouping: Bool) async throws {
        let collection = try await collection(TestDatabase(), grouping)
        let first = try await collection.insert([item("red whale", collection)])[0]
        await #expect(throws: WhiplashError.self) {
            try await collection.write([ItemWrite(item("red ship", collection), if: .absent)])
        }
        #expect(try await ids("whale", collection) == ["a"])
        #expect(try await ids("red", collection) == ["a"])
        #expect(try await ids("ship", collection) == [])
        let version = try #require(first.version)
        _ = try await collection.write([ItemWrite(item("red ship", collection), if: .version(version))])
        #expect(try await ids("ship", collection) == ["a"])
        #expect(try await ids("red", collection) == ["a"])
        #expect(try await ids("whale", collection) == [])
        #expect(try await collection.delete(ids: ["a"], in: grouping ? "g" : nil) == 1)
        #expect(try await ids("red", collection) == [])
    }

    @Test("An item is not found by its words from its second on", arguments: [false, true])
    func expired(grouping: Bool) async throws {
        let test = TestDatabase()
        let collection = try await collection(test, grouping)
        try await collection.insert([item("red whale", collection, expiresAt: test.clock.now / 1000 + 10)])
        test.clock.advance(9_000)
        #expect(try await ids("whale", collection) == ["a"])
        #expect(try await ids("whale", collection, exact: true) == ["a"])
        test.clock.advance(1_000)
        #expect(try await ids("whale", collection) == [])
        #expect(try await ids("whale", collection, exact: true) == [])
        _ = try await collection.write([ItemWrite(item("a new whale", collection), if: .absent)])
        #expect(try await ids("whale", collection) == ["a"])
        #expect(try await ids("red", collection) == [])
    }
}

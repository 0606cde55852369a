import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct AliasTests {
    /// Collections `old` and `new` of different dimensions in project `p`.
    private func filled(_ test: TestDatabase) async throws {
        for (name, dimension) in [("old", 2), ("new", 3)] {
            let collection = try await test.database.createCollection(
                NewCollection(name: name, featureCount: dimension), in: "p")
            try await collection.insert([
                Item(id: name, vector: [Float](repeating: 1, count: dimension))
            ])
        }
    }

    private func ids(_ name: String, _ dimension: Int, in database: Database) async throws -> [String] {
        let collection = try await database.collection(name, in: "p")
        return try await collection.ids(near: [Float](repeating: 1, count: dimension))
    }

    @Test func isSwappedInByOneCallAndBack() async throws {
        let test = TestDatabase { $0.configurationLifetime = 0 }
        try await filled(test)
        #expect(try await test.database.setAlias("books", to: "old", in: "p") == nil)
        #expect(try await ids("books", 2, in: test.database) == ["old"])
        #expect(try await test.database.setAlias("books", to: "new", in: "p") == "old")
        #expect(try await ids("books", 3, in: test.database) == ["new"])
        #expect(try await test.database.setAlias("books", to: "old", in: "p") == "new")
        #expect(try await ids("books", 2, in: test.database) == ["old"])
        #expect(try await test.database.aliases(in: "p") == ["books": "old"])
    }

    @Test("What an alias means has to be a collection; one that is gone is told by its own name")
    func meansACollection() async throws {
        let test = TestDatabase { $0.configurationLifetime = 0 }
        try await filled(test)
        _ = try await test.database.setAlias("books", to: "old", in: "p")
        await expectViolation(of: "collection") {
            try await test.database.setAlias("more", to: "books", in: "p")
        }
        try await test.database.deleteCollection("old", in: "p")
        do {
            _ = try await test.database.collection("books", in: "p")
            Issue.record("found")
        } catch WhiplashError.notFound(.collection, name: let name) {
            #expect(name == "old")
        }
    }

    @Test("Who uses an alias goes over at once, other processes when what they know has aged")
    func otherProcessesFollow() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let other = TestDatabase(store, seed: 2, clock: test.clock)
        try await filled(test)
        _ = try await test.database.setAlias("books", to: "old", in: "p")
        #expect(try await ids("books", 2, in: other.database) == ["old"])
        _ = try await test.database.setAlias("books", to: "new", in: "p")
        #expect(try await ids("books", 3, in: test.database) == ["new"])
        test.clock.advance(5_001)
        #expect(try await ids("books", 3, in: other.database) == ["new"])
    }

    @Test("A search by alias reads no more than one by name, once the alias is known")
    func costsNothingOnceKnown() async throws {
        let store = CountingStore()
        let test = TestDatabase(store)
        try await filled(test)
        _ = try await test.database.setAlias("books", to: "old", in: "p")
        _ = try await ids("books", 2, in: test.database)
        _ = store.taken()
        _ = try await ids("books", 2, in: test.database)
        let byAlias = store.taken()
        _ = try await ids("old", 2, in: test.database)
        #expect(store.taken() == byAlias)
    }

    @Test func namesDoNotCollide() async throws {
        let test = TestDatabase()
        try await filled(test)
        _ = try await test.database.setAlias("books", to: "old", in: "p")
        await #expect(throws: WhiplashError.self) {
            try await test.database.setAlias("new", to: "old", in: "p")
        }
        await #expect(throws: WhiplashError.self) {
            try await test.database.setAlias("a", to: "books", in: "p")
        }
        await #expect(throws: WhiplashError.self) {
            try await test.database.setAlias("a", to: "gone", in: "p")
        }
        await #expect(throws: WhiplashError.self) {
            try await test.database.createCollection(NewCollection(name: "books", featureCount: 2), in: "p")
        }
        await #expect(throws: WhiplashError.self) {
            try await test.database.deleteCollection("books", in: "p")
        }
        try await test.database.deleteAlias("books", in: "p")
        await #expect(throws: WhiplashError.self) { try await test.database.collection("books", in: "p") }
        await #expect(throws: WhiplashError.self) { try await test.database.deleteAlias("books", in: "p") }
        #expect(try await ids("old", 2, in: test.database) == ["old"])
    }

    @Test func areRemovedWithTheirProject() async throws {
        let test = TestDatabase()
        try await filled(test)
        _ = try await test.database.setAlias("books", to: "old", in: "p")
        try await test.database.deleteProject("p")
        _ = try await test.database.createProject("p")
        #expect(try await test.database.aliases(in: "p") == [:])
    }
}

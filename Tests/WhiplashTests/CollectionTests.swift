import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct CollectionTests {
    @Test("What was created is given back, also by another process")
    func createAndGet() async throws {
        let store = MemoryStore()
        var new = NewCollection(name: "c", featureCount: 7)
        (new.planeCount, new.bitStart, new.bitScaleFactor, new.metric) = (3, 4, 1.5, .dot)
        let made = try await TestDatabase(store).database.createCollection(new, in: "p").configuration
        let found = try await TestDatabase(store, seed: 2).database.collection("c", in: "p").configuration
        #expect(found == made)
        #expect(made.id == "p_dev_c")
        #expect((made.planeCount, made.bitStart, made.bitScaleFactor) == (3, 4, 1.5))
    }

    @Test func namesAndNumbersOutsideTheRulesAreRefused() async throws {
        let database = TestDatabase().database
        for name in ["", ".", "..", "a b", "é", "a/b", String(repeating: "x", count: 65)] {
            await expectViolation(of: "name") {
                try await database.createCollection(NewCollection(name: name, featureCount: 1), in: "p")
            }
            await expectViolation(of: "projectId") {
                try await database.createCollection(NewCollection(name: "c", featureCount: 1), in: name)
            }
            await expectViolation(of: "name") { try await database.createProject(name) }
        }
        for features in [0, -1, 4097] {
            await expectViolation(of: "n_features") {
                try await database.createCollection(NewCollection(name: "c", featureCount: features), in: "p")
            }
        }
        var new = NewCollection(name: "c", featureCount: 1)
        new.bitScaleFactor = .nan
        await expectViolation(of: "bit_scale_factor") { [new] in
            try await database.createCollection(new, in: "p")
        }
        #expect(try await database.projects().isEmpty)
    }

    @Test("A name is taken once, also under another project's id")
    func taken() async throws {
        let database = TestDatabase().database
        _ = try await database.createCollection(NewCollection(name: "b_dev_c", featureCount: 1), in: "a")
        await expect(.alreadyExists) {
            try await database.createCollection(NewCollection(name: "b_dev_c", featureCount: 1), in: "a")
        }
        // The same id, a_dev_b_dev_c, and so the same tables.
        await expect(.alreadyExists) {
            try await database.createCollection(NewCollection(name: "c", featureCount: 1), in: "a_dev_b")
        }
        await expect(.notFound) { try await database.deleteCollection("c", in: "a_dev_b") }
        #expect(try await database.collection("b_dev_c", in: "a").configuration.featureCount == 1)
    }

    @Test func projectsListTheirCollections() async throws {
        let database = TestDatabase().database
        _ = try await database.createProject("empty")
        for (name, project) in [("x", "p"), ("y", "p"), ("z", "q")] {
            _ = try await database.createCollection(NewCollection(name: name, featureCount: 1), in: project)
        }
        let listed = try await database.projects().map { [$0.name] + $0.collections.map(\.name) }
        #expect(listed == [["empty"], ["p", "x", "y"], ["q", "z"]])
        #expect(try await database.project("p").collections.map(\.name) == ["x", "y"])
        #expect(try await database.project("empty").collections.isEmpty)
        await expect(.notFound) { try await database.project("unknown") }
        await expect(.alreadyExists) { try await database.createProject("p") }
    }

    @Test("Stages do not see each other")
    func stages() async throws {
        let store = MemoryStore()
        _ = try await TestDatabase(store).collection(1)
        let other = TestDatabase(store) { $0.stage = "prod" }.database
        #expect(try await other.projects().isEmpty)
        await expect(.notFound) { try await other.collection("c", in: "p") }
    }

    @Test("A deleted collection is gone with its items, and its name can be used for another")
    func deleteAndMakeAnew() async throws {
        let test = TestDatabase()
        let old = try await test.collection(2)
        try await old.insert([Item(id: "a", vector: [1, 2])])
        try await test.database.deleteCollection("c", in: "p")
        await expect(.notFound) { try await test.database.collection("c", in: "p") }
        await expect(.notFound) { try await old.insert([Item(id: "b", vector: [1, 2])]) }
        await expect(.notFound) { try await old.search(SearchRequest(query: [1, 2])) }
        let new = try await test.collection(3)
        #expect(try await new.list(limit: 10, cursor: nil).items == [])
        try await test.database.deleteProject("p")
        await expect(.notFound) { try await test.database.project("p") }
    }

    @Test("What a process died over is taken over when its time is up, and not before")
    func leftBehind() async throws {
        let store = BreakingStore()
        let test = TestDatabase(store)
        _ = try await test.database.createProject("p")
        await store.breaking(.createTable) {
            await #expect(throws: WhiplashError.self) { try await test.collection(2) }
        }
        #expect(try await test.database.projects().flatMap(\.collections).isEmpty)
        await expect(.conflict) { try await test.collection(2) }
        test.clock.advance(CollectionRow.stepLifetime + 1)
        let collection = try await test.collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 2])])

        await store.breaking(.deleteTable) {
            await #expect(throws: WhiplashError.self) {
                try await test.database.deleteCollection("c", in: "p")
            }
        }
        await expect(.notFound) { try await test.database.collection("c", in: "p") }
        try await test.database.deleteCollection("c", in: "p")
        let new = try await test.collection(2)
        #expect(try await new.items(ids: ["a"]) == [nil])
    }

    @Test("Of two that create one name at once, one has it")
    func racingCreators() async throws {
        let store = MemoryStore()
        let made = await withTaskGroup(of: Bool.self) { group in
            for seed in 1...8 as ClosedRange<UInt64> {
                group.addTask { (try? await TestDatabase(store, seed: seed).collection(2)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
    }

    @Test(
        "A collection is made anew when nobody can still take the removed one for living",
        arguments: [0, 5_000])
    func madeAnewElsewhere(lifetime: Int64) async throws {
        let store = MemoryStore()
        let here = TestDatabase(store) { $0.configurationLifetime = lifetime }
        let there = TestDatabase(store, seed: 2) { $0.configurationLifetime = lifetime }
        _ = try await here.collection(2)
        try await there.database.deleteCollection("c", in: "p")
        let began = there.clock.now
        _ = try await there.collection(3)
        #expect(there.clock.now - began >= lifetime)
        here.clock.advance(there.clock.now - began)
        #expect(try await here.database.collection("c", in: "p").configuration.featureCount == 3)
    }

    @Test("What a late writer leaves in the tables of a collection made anew is not read")
    func lateWriter() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store) { $0.configurationLifetime = 0 }
        let old = try await test.collection(2)
        try await test.database.deleteCollection("c", in: "p")
        let new = try await test.collection(3)
        try await old.insert([Item(id: "late", vector: [1, 2])])
        try await new.insert([Item(id: "a", vector: [1, 2, 3])])
        #expect(try await new.list(limit: 10, cursor: nil).items.map(\.id) == ["a"])
        #expect(try await new.items(ids: ["late"]) == [nil])
        #expect(try await new.ids(near: [1, 2, 3]) == ["a"])
        #expect(try await new.ids(near: [1, 2, 3], exact: true) == ["a"])
    }
}

enum ErrorKind { case alreadyExists, notFound, conflict, invalid, tooLarge, store }

func expect<Output>(_ kind: ErrorKind, _ body: () async throws -> Output) async {
    do {
        _ = try await body()
        Issue.record("expected \(kind)")
    } catch let error as WhiplashError {
        let actual: ErrorKind =
            switch error {
            case .alreadyExists: .alreadyExists
            case .notFound: .notFound
            case .conflict, .conditionFailed: .conflict
            case .invalid: .invalid
            case .tooLarge: .tooLarge
            case .store: .store
            }
        #expect(actual == kind)
    } catch {
        Issue.record("\(error)")
    }
}

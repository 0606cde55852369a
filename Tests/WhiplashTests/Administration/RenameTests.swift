import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Renaming: whoever dies, whoever knows the old name, a collection has one name, and nothing acknowledged is missing from it.
@Suite struct RenameTests {
    private let items = (0..<20).map { Item(id: "\($0)", vector: [1, Float($0)], text: "word\($0) all") }

    @discardableResult
    private func make(
        _ name: String, _ items: [Item], in database: Database,
        _ change: (inout NewCollection) -> Void = { _ in }
    ) async throws -> VectorCollection {
        var new = NewCollection(name: name, featureCount: 2)
        new.metric = .euclidean
        change(&new)
        let collection = try await database.createCollection(new, in: "p")
        try await collection.insert(items)
        return collection
    }

    private func ids(_ name: String, in database: Database) async throws -> [String] {
        let collection = try await database.collection(name, in: "p")
        let found = try await collection.ids(near: [0, 0], limit: 100)
        let listed = try await collection.list(limit: 1000, cursor: nil).items.map(\.id)
        #expect(found.sorted() == listed.sorted())
        return listed.sorted()
    }

    private var allIDs: [String] { items.map(\.id).sorted() }

    @Test("A renamed collection has its items, and its old name is another's to take")
    func renames() async throws {
        let test = TestDatabase()
        try await make("old", items, in: test.database)
        let renamed = try await test.database.renameCollection("old", to: "new", in: "p")
        #expect(renamed.configuration.id == "p_dev_new")
        await expect(.notFound) { try await test.database.collection("old", in: "p") }
        #expect(try await ids("new", in: test.database) == allIDs)
        #expect(try await test.database.project("p").collections.map(\.name) == ["new"])

        try await make("old", [Item(id: "a", vector: [1, 1])], in: test.database)
        #expect(try await ids("old", in: test.database) == ["a"])
        #expect(try await ids("new", in: test.database) == allIDs)
        // Swapped, by way of a third name.
        for (from, to) in [("old", "third"), ("new", "old"), ("third", "new")] {
            _ = try await test.database.renameCollection(from, to: to, in: "p")
        }
        #expect(try await ids("new", in: test.database) == ["a"])
        try await test.database.deleteCollection("new", in: "p")
        #expect(try await ids("old", in: test.database) == allIDs)
        try await make("new", [Item(id: "b", vector: [1, 1])], in: test.database)
        try await test.database.deleteCollection("old", in: "p")
        #expect(try await ids("new", in: test.database) == ["b"])
        try await make("old", [], in: test.database)
        #expect(try await ids("old", in: test.database) == [])
        try await test.database.deleteProject("p")
    }

    @Test(
        "Asked again for what has been done, it is done; an alias follows, and what is kept for maintenance")
    func again() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store) { ($0.cacheBytes, $0.maxItemsPerBucket) = (0, 5) }
        let other = TestDatabase(store, seed: 2, clock: test.clock)
        try await make("old", items, in: test.database)
        _ = try await test.database.setAlias("books", to: "old", in: "p")
        #expect(try await ids("books", in: other.database) == allIDs)
        test.clock.advance(8 * 24 * 3_600_000)
        #expect(try await test.database.maintain(within: 1_000).verified == ["p_dev_old"])
        for _ in 0..<2 { _ = try await test.database.renameCollection("old", to: "new", in: "p") }
        #expect(try await test.database.aliases(in: "p") == ["books": "new"])
        #expect(try await ids("books", in: test.database) == allIDs)
        #expect(try await ids("books", in: other.database) == allIDs)
        test.clock.advance(6_000)
        #expect(try await ids("books", in: other.database) == allIDs)
        #expect(try await test.database.maintain(within: 1_000).verified.isEmpty, "a week has to pass")
        test.clock.advance(8 * 24 * 3_600_000)
        #expect(try await test.database.maintain(within: 1_000).verified == ["p_dev_new"])
    }

    @Test func namesThatAreTakenAreRefused() async throws {
        let database = TestDatabase().database
        try await make("old", items, in: database)
        try await make("there", [], in: database)
        _ = try await database.setAlias("alias", to: "there", in: "p")
        for name in ["there", "alias", "old"] {
            await expect(.alreadyExists) { try await database.renameCollection("old", to: name, in: "p") }
        }
        await expectViolation(of: "name") { try await database.renameCollection("old", to: "a/b", in: "p") }
        for name in ["none", "alias"] {
            await expect(.notFound) { try await database.renameCollection(name, to: "new", in: "p") }
        }
        await expect(.notFound) { try await database.renameCollection("old", to: "new", in: "q") }
        #expect(try await ids("old", in: database) == allIDs)
        await expect(.notFound) { try await database.collection("new", in: "p") }
        // The same id, and so the same tables, as `c` in the project `a_dev_b` would have.
        _ = try await database.createCollection(NewCollection(name: "b_dev_c", featureCount: 1), in: "a")
        _ = try await database.createCollection(NewCollection(name: "x", featureCount: 1), in: "a_dev_b")
        await expect(.alreadyExists) { try await database.renameCollection("x", to: "c", in: "a_dev_b") }
    }

    /// What a writer does while another process renames its collection.
    enum Deed: CaseIterable { case insert, conditional, update, delete, search }

    @Test(
        "What a writer with the old name is told is stored, the renamed collection has; at whatever moment",
        arguments: Deed.allCases, [false, true])
    func writerMeanwhile(deed: Deed, isGrouped: Bool) async throws {
        let group = isGrouped ? "g" : nil
        for call in 1...12 {
            let clock = TestClock()
            let store = InterruptedStore()
            let writer = TestDatabase(store, seed: 3, clock: clock)
            let other = TestDatabase(store, seed: 4, clock: clock).database
            let stored = items.map { item in
                var item = item
                item.group = group
                return item
            }
            let held = try await make("old", stored, in: writer.database) { new in
                (new.grouping, new.textIndex) = (isGrouped, !isGrouped)
            }
            _ = try await held.ids(near: [0, 0], in: group)
            store.beforeCall(call) {
                _ = try await other.renameCollection("old", to: "new", in: "p")
                // Waits until nobody knows the old one.
                let anew = try await make("old", [], in: other) { $0.grouping = isGrouped }
                try await anew.insert([Item(id: "anew", vector: [5, 5], group: group)])
            }
            let extra = Item(id: "extra", vector: [3, 3], text: "extra", group: group)
            var isDone = true
            do {
                // By its name: what the process knows of it is five seconds old at the most.
                let collection = try await writer.database.collection("old", in: "p")
                switch deed {
                case .insert: try await collection.insert([extra])
                case .conditional: _ = try await collection.write([ItemWrite(extra, if: .absent)])
                case .update: _ = try await collection.update("3", ItemPatch(vector: [3, 3]), in: group)
                case .delete: _ = try await collection.delete(ids: ["3"], in: group)
                case .search: _ = try await collection.ids(near: [3, 3], in: group)
                }
            } catch let error as WhiplashError {
                guard case .notFound = error else { throw error }
                isDone = false
            }
            try await store.finish()
            let comment: Comment = "\(deed), before call \(call)"
            let renamed = try await other.collection("new", in: "p")
            let anew = try await other.collection("old", in: "p")
            #expect(try await anew.list(limit: 100, cursor: nil).items.map(\.id) == ["anew"], comment)
            let found = try await renamed.ids(near: [3, 3], in: group, limit: 100)
            let listed = try await renamed.list(limit: 100, cursor: nil).items.map(\.id)
            #expect(found.sorted() == listed.sorted(), comment)
            guard isDone else { continue }
            switch deed {
            case .insert, .conditional: #expect(found.first == "extra", comment)
            case .update: #expect(found.first == "3", comment)
            case .delete: #expect(found.count == 19, comment)
            case .search: #expect(found.count == 20, comment)
            }
        }
    }

    @Test("A process that has heard of the old name finds the collection by it for a while, and then no more")
    func staleName() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let other = TestDatabase(store, seed: 2, clock: test.clock)
        let held = try await make("old", items, in: other.database)
        _ = try await test.database.renameCollection("old", to: "new", in: "p")
        try await other.database.collection("old", in: "p").insert([Item(id: "late", vector: [9, 9])])
        #expect(try await ids("new", in: test.database) == (allIDs + ["late"]).sorted())
        test.clock.advance(5_001)
        await expect(.notFound) { try await other.database.collection("old", in: "p") }
        test.clock.advance(1_000)
        await expect(.notFound) { try await held.insert([Item(id: "later", vector: [9, 9])]) }
        #expect(try await ids("new", in: other.database) == (allIDs + ["late"]).sorted())
    }

    @Test("A tuning under way goes on under the new name, and nothing is missed", arguments: 1...14)
    func tuning(steps: Int) async throws {
        let clock = TestClock()
        let store = MemoryStore(pageRows: 90)
        let test = TestDatabase(store, seed: 5, clock: clock)
        let other = TestDatabase(store, seed: 6, clock: clock)
        var generator = SeededGenerator(seed: 7)
        let many = generator.items(300, 2)
        let held = try await make("old", many, in: test.database)
        for _ in 0..<steps {
            _ = try await held.tune(within: 0)
            clock.advance(3_000)
        }
        _ = try await other.database.renameCollection("old", to: "new", in: "p")
        let renamed = try await other.database.collection("new", in: "p")
        while try await !renamed.tune(within: 0).isDone { clock.advance(3_000) }
        let found = try await other.database.collection("new", in: "p")
        #expect(found.configuration.generation > 0)
        #expect(try await Set(found.ids(near: [0, 0], limit: 1_000)) == Set(many.map(\.id)))
        #expect(try await found.verify(within: 100_000).vectorsWithoutBucketRow == 0)
        #expect(try await found.verify(within: 100_000).mended == 0)
    }

    @Test("What is in memory is the renamed collection's too")
    func keepsMemory() async throws {
        let store = CountingStore()
        let test = TestDatabase(store)
        try await make("old", items, in: test.database)
        _ = try await ids("old", in: test.database)
        let bytes = test.database.sketchMemoryBytes
        _ = try await test.database.renameCollection("old", to: "new", in: "p")
        let renamed = try await test.database.collection("new", in: "p")
        #expect(bytes > 0 && test.database.sketchMemoryBytes == bytes)
        _ = store.taken()
        _ = try await renamed.ids(near: [0, 0], limit: 1)
        #expect(store.taken().queries == renamed.configuration.logCount, "the log, and no shard")
    }
}

import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Renaming broken off at every call of the store, and met by others at every call.
@Suite struct RenameFaultTests {
    private func make(_ name: String, _ ids: [String], in database: Database) async throws {
        let collection = try await database.createCollection(
            NewCollection(name: name, featureCount: 2), in: "p")
        try await collection.insert(ids.map { Item(id: $0, vector: [1, 2]) })
    }

    /// The names of all collections with the ids of their items.
    private func all(in database: Database) async throws -> [String: [String]] {
        var all: [String: [String]] = [:]
        for configuration in try await database.project("p").collections {
            let collection = try await database.collection(configuration.name, in: "p")
            let listed = try await collection.list(limit: 100, cursor: nil).items.map(\.id).sorted()
            #expect(try await collection.ids(near: [1, 2], limit: 100).sorted() == listed)
            all[configuration.name] = listed
        }
        return all
    }

    private static let before = [
        "nothing", "a tombstone", "a name that was left", "an alias of the collection",
    ]

    @Test(
        "Killed at any call, before or after it, the collection has one of its names, and the rest can be done",
        arguments: DyingStore.Moment.allCases, before)
    func killedAnywhere(moment: DyingStore.Moment, before: String) async throws {
        var (call, calls) = (0, Int.max)
        while call < calls {
            call += 1
            for next in ["rename", "create the new", "create the old", "delete", "look"] {
                let comment: Comment = "killed \(moment) call \(call), then \(next)"
                let clock = TestClock()
                let store = DyingStore()
                let first = TestDatabase(store, seed: 1, clock: clock)
                let second = TestDatabase(store, seed: 2, clock: clock).database
                try await make("old", ["a", "b"], in: first.database)
                switch before {
                case "a tombstone":
                    try await make("new", ["c"], in: first.database)
                    try await first.database.deleteCollection("new", in: "p")
                case "a name that was left":
                    try await make("new", ["c"], in: first.database)
                    _ = try await first.database.renameCollection("new", to: "left", in: "p")
                case "an alias of the collection":
                    _ = try await first.database.setAlias("alias", to: "old", in: "p")
                default: break
                }
                store.dies(at: call, moment)
                let isTold =
                    (try? await first.database.renameCollection("old", to: "new", in: "p")) != nil
                calls = store.revive()
                var found = try await all(in: second)
                let name = found["new"] == nil ? "old" : "new"
                #expect(found[name] == ["a", "b"] && !isTold || name == "new", comment)
                #expect(found["old"] == nil || found["new"] == nil, comment)
                clock.advance(CollectionRow.stepLifetime + 1)
                var expected = [name: ["a", "b"]]
                switch next {
                case "rename":
                    _ = try await second.renameCollection("old", to: "new", in: "p")
                    expected = ["new": ["a", "b"]]
                case "create the new":
                    if name == "new" {
                        await expect(.alreadyExists) { try await make("new", [], in: second) }
                    } else {
                        try await make("new", ["d"], in: second)
                        expected["new"] = ["d"]
                    }
                case "create the old":
                    if name == "old" {
                        await expect(.alreadyExists) { try await make("old", [], in: second) }
                    } else {
                        try await make("old", ["d"], in: second)
                        expected["old"] = ["d"]
                    }
                case "delete":
                    try await second.deleteCollection(name, in: "p")
                    expected = [:]
                    for name in ["old", "new"] {
                        try await make(name, [name], in: second)
                        expected[name] = [name]
                    }
                default: break
                }
                if before == "a name that was left" { expected["left"] = ["c"] }
                found = try await all(in: second)
                #expect(found == expected, comment)
                if before == "an alias of the collection", next != "delete" {
                    let meant = next == "rename" ? "new" : name
                    #expect(try await second.aliases(in: "p") == ["alias": meant], comment)
                }
                if found != expected { return }
            }
        }
        #expect(calls < 40)
    }

    @Test("One who has stood still decides nothing when others have taken the name over")
    func stoodStill() async throws {
        for rival in ["create", "rename", "clone"] {
            for call in 1...20 {
                let comment: Comment = "\(rival) before call \(call)"
                let clock = TestClock()
                let store = InterruptedStore()
                let slow = TestDatabase(store, seed: 1, clock: clock).database
                let other = TestDatabase(store, seed: 2, clock: clock).database
                try await make("old", ["a"], in: slow)
                try await make("rival", ["r"], in: other)
                store.beforeCall(call) {
                    clock.advance(CollectionRow.stepLifetime + 1)
                    // Too late where the rename is decided already.
                    switch rival {
                    case "create": try? await make("new", ["n"], in: other)
                    case "rename": _ = try? await other.renameCollection("rival", to: "new", in: "p")
                    default:
                        _ = try? await other.cloneCollection("rival", as: NewClone(name: "new"), in: "p")
                    }
                }
                let isTold = (try? await slow.renameCollection("old", to: "new", in: "p")) != nil
                try await store.finish()
                let found = try await all(in: other)
                #expect(Array(found.values.joined()).contains("a"), comment)
                #expect((found["new"] == ["a"]) == isTold, comment)
                #expect((found["old"] == ["a"]) == !isTold, comment)
                #expect(found["rival"] == ["r"] || rival == "rename" && found["new"] == ["r"], comment)
            }
        }
    }

    @Test("Of an alias and a rename to one name at most one comes about", arguments: [false, true])
    func aliasMeanwhile(aliasIsSlow: Bool) async throws {
        for call in 1...16 {
            let clock = TestClock()
            let store = InterruptedStore()
            let slow = TestDatabase(store, seed: 1, clock: clock).database
            let other = TestDatabase(store, seed: 2, clock: clock).database
            try await make("old", ["a"], in: slow)
            try await make("other", ["o"], in: slow)
            let rename = { @Sendable (database: Database) in
                _ = try? await database.renameCollection("old", to: "new", in: "p")
            }
            let alias = { @Sendable (database: Database) in
                _ = try? await database.setAlias("new", to: "other", in: "p")
            }
            store.beforeCall(call) { await aliasIsSlow ? rename(other) : alias(other) }
            await aliasIsSlow ? alias(slow) : rename(slow)
            try await store.finish()
            let found = try await all(in: other)
            let aliases = try await other.aliases(in: "p")
            let comment: Comment = "before call \(call): \(found), \(aliases)"
            #expect(found["new"] == nil || aliases["new"] == nil, comment)
            #expect(found["new"] == ["a"] || found["old"] == ["a"], comment)
        }
    }

    @Test("Two who rename one collection at once: it has one name", arguments: ["new", "another"])
    func twoRenames(second: String) async throws {
        for call in 1...16 {
            let clock = TestClock()
            let store = InterruptedStore()
            let slow = TestDatabase(store, seed: 1, clock: clock).database
            let other = TestDatabase(store, seed: 2, clock: clock).database
            try await make("old", ["a"], in: slow)
            store.beforeCall(call) { _ = try? await other.renameCollection("old", to: second, in: "p") }
            _ = try? await slow.renameCollection("old", to: "new", in: "p")
            try await store.finish()
            let found = try await all(in: other)
            #expect(found.count == 1 && found.first?.value == ["a"], "before call \(call): \(found)")
        }
    }
}

@Suite struct RenameOracleTests {
    @Test(
        "Whatever is made, renamed, cloned and deleted by whom, what was acknowledged is in the collection that had the name",
        arguments: [1, 2, 3, 4, 5, 6])
    func random(seed: UInt64) async throws {
        let clock = TestClock()
        let store = MemoryStore()
        let processes = (0..<3).map {
            TestDatabase(store, seed: seed * 8 + UInt64($0), clock: clock).database
        }
        var generator = SeededGenerator(seed: seed)
        func choose(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }
        let names = ["a", "b", "c", "d"]
        var held: [String: Set<String>] = [:]  // By the incarnation.
        for step in 0..<600 {
            let (process, name) = (processes[choose(3)], names[choose(4)])
            let comment: Comment = "seed \(seed), step \(step)"
            clock.advance(Int64(choose(2_500)))
            do {
                switch choose(12) {
                case 0:
                    let made = try await process.createCollection(
                        NewCollection(name: name, featureCount: 1), in: "p")
                    held[made.configuration.incarnation] = []
                case 1, 2: _ = try await process.renameCollection(name, to: names[choose(4)], in: "p")
                case 3:
                    let row = try await process.settledRow(name, in: "p")
                    try await process.deleteCollection(name, in: "p")
                    held[row?.configuration.incarnation ?? ""] = nil
                case 4:
                    let clone = NewClone(name: names[choose(4)])
                    let source = try await process.collection(name, in: "p").configuration.incarnation
                    while try await !process.cloneCollection(name, as: clone, in: "p").isDone {}
                    let made = try await process.collection(clone.name, in: "p").configuration
                    #expect(held[made.incarnation] == nil, comment)
                    held[made.incarnation] = held[source]
                default:
                    let collection = try await process.collection(name, in: "p")
                    try await collection.insert([Item(id: "\(step)", vector: [1])])
                    held[collection.configuration.incarnation]?.insert("\(step)")
                }
            } catch {
                switch error {
                case .notFound, .alreadyExists: break
                default: Issue.record("\(comment): \(error)")
                }
            }
            guard step % 20 == 0 else { continue }
            let found = try await processes[0].listedCollections()
            #expect(Set(found.map(\.incarnation)) == Set(held.keys), comment)
            #expect(Set(found.map(\.name)).count == found.count, comment)
            for configuration in found {
                let fresh = TestDatabase(store, seed: 99, clock: clock).database
                let collection = try await fresh.collection(configuration.name, in: "p")
                let listed = try await collection.list(limit: 1_000, cursor: nil).items.map(\.id)
                #expect(Set(listed) == held[configuration.incarnation], comment)
                #expect(try await collection.ids(near: [1], limit: 1_000).count == listed.count, comment)
            }
        }
    }
}

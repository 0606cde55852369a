import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Clones: whatever breaks off, they come to hold what their source holds.
@Suite struct CloneTests {
    private static let dimension = 4

    private func source(
        _ database: Database, _ count: Int = 600, _ change: (inout NewCollection) -> Void = { _ in }
    ) async throws -> (VectorCollection, [Item]) {
        var new = NewCollection(name: "source", featureCount: Self.dimension)
        new.metric = .euclidean
        change(&new)
        let collection = try await database.createCollection(new, in: "p")
        var generator = SeededGenerator(seed: 4)
        var items = generator.items(count, Self.dimension)
        for index in items.indices {
            items[index].text = index % 3 == 0 ? "word\(index % 7) and more" : nil
            items[index].metadata = index % 2 == 0 ? RawJSON(checked: "{\"n\":\(index)}") : nil
            items[index].expiresAt = index % 50 == 0 ? 1_900_000_000 : nil
            items[index].group = new.grouping ? "g\(index % 5)" : nil
        }
        try await collection.insert(items)
        return (collection, items)
    }

    private func cloned(
        _ database: Database, _ clone: NewClone = NewClone(name: "clone"), within milliseconds: Int64 = 0
    ) async throws -> VectorCollection {
        while try await !database.cloneCollection("source", as: clone, in: "p", within: milliseconds).isDone {
        }
        return try await database.collection(clone.name, in: "p")
    }

    private func listed(_ collection: VectorCollection) async throws -> [ItemName: Item] {
        var (items, cursor) = ([ItemName: Item](), String?.none)
        repeat {
            let page = try await collection.list(limit: 1_000, cursor: cursor)
            for var item in page.items {
                item.version = nil
                items[item.name] = item
            }
            cursor = page.cursor
        } while cursor != nil
        return items
    }

    private func byName(_ items: [Item]) -> [ItemName: Item] {
        Dictionary(uniqueKeysWithValues: items.map { ($0.name, $0) })
    }

    @Test("A clone has what its source has, and is apart from it")
    func clones() async throws {
        let test = TestDatabase(MemoryStore(pageRows: 90))
        let (source, items) = try await source(test.database) { $0.textIndex = true }
        var new = NewClone(name: "clone")
        new.description = "A copy"
        let clone = try await cloned(test.database, new)
        #expect(try await listed(clone) == byName(items))
        #expect(clone.configuration.description == "A copy" && clone.configuration.clone == nil)
        for item in items.prefix(20) {
            #expect(try await clone.ids(near: item.vector) == source.ids(near: item.vector))
        }
        let words = SearchRequest(text: "word3 and")
        #expect(try await clone.search(words).map(\.item.id) == source.search(words).map(\.item.id))
        #expect(try await clone.verify(within: 100_000).mended == 0)
        _ = try await source.delete(ids: ["1"])
        try await clone.insert([Item(id: "2", vector: [9, 9, 9, 9])])
        #expect(try await clone.items(ids: ["1"])[0] != nil)
        #expect(try await source.items(ids: ["2"])[0]?.vector == items[2].vector)
        try await test.database.deleteCollection("source", in: "p")
        #expect(try await clone.ids(near: [9, 9, 9, 9], limit: 1) == ["2"])
    }

    @Test("One with groups has them in its list, and each item in its own")
    func groups() async throws {
        let test = TestDatabase(MemoryStore(pageRows: 90))
        let (source, items) = try await source(test.database) { $0.grouping = true }
        let clone = try await cloned(test.database)
        #expect(try await listed(clone) == byName(items))
        #expect(
            try await clone.groups(limit: 10, cursor: nil).groups.sorted() == ["g0", "g1", "g2", "g3", "g4"])
        for item in items.prefix(20) {
            let (ours, theirs) = (
                try await clone.ids(near: item.vector, in: item.group),
                try await source.ids(near: item.vector, in: item.group)
            )
            #expect(ours == theirs)
        }
    }

    @Test("Until it is done a clone is shown with how far it is, refused to all else, and can be deleted")
    func unfinished() async throws {
        let test = TestDatabase()
        let database = test.database
        _ = try await source(database)
        let report = try await database.cloneCollection(
            "source", as: NewClone(name: "clone"), in: "p", within: 0)
        #expect(report == CloneReport(state: "copying", isDone: false, copiedCount: 256))
        let shown = try await database.configuration(ofCollection: "clone", in: "p")
        #expect(
            shown.clone
                == CloneProgress(source: "source", copiedCount: 256, startedAt: test.clock.now))
        #expect(try await database.project("p").collections.map { $0.clone?.copiedCount } == [256, nil])
        #expect(try await database.readyCollections().map(\.name) == ["source"])
        await expect(.conflict) { try await database.collection("clone", in: "p") }
        await expect(.conflict) { try await database.renameCollection("clone", to: "x", in: "p") }
        await expect(.conflict) { try await database.updateCollection("clone", CollectionChanges(), in: "p") }
        await expect(.alreadyExists) { try await database.setAlias("clone", to: "source", in: "p") }
        await expect(.notFound) { try await database.setAlias("x", to: "clone", in: "p") }
        await expect(.alreadyExists) {
            try await database.createCollection(NewCollection(name: "clone", featureCount: 1), in: "p")
        }
        await expect(.alreadyExists) { try await database.renameCollection("source", to: "clone", in: "p") }
        var other = NewClone(name: "clone")
        other.vectorType = .float16
        await expectViolation(of: "vector_type") { [other] in
            try await database.cloneCollection("source", as: other, in: "p")
        }
        try await database.deleteCollection("clone", in: "p")
        await expect(.notFound) { try await database.configuration(ofCollection: "clone", in: "p") }
        #expect(try await cloned(database).configuration.clone == nil)
        await expect(.alreadyExists) {
            try await database.cloneCollection("source", as: NewClone(name: "clone"), in: "p")
        }
        _ = try await database.setAlias("alias", to: "source", in: "p")
        await expect(.alreadyExists) {
            try await database.cloneCollection("source", as: NewClone(name: "alias"), in: "p")
        }
        await expect(.notFound) {
            try await database.cloneCollection("none", as: NewClone(name: "x"), in: "p")
        }
    }

    @Test(
        "Killed at any call, before or after it, a clone is gone on with by others and is whole",
        arguments: DyingStore.Moment.allCases, [false, true])
    func killedAnywhere(moment: DyingStore.Moment, isGrouped: Bool) async throws {
        var (call, calls) = (0, Int.max)
        while call < calls {
            // Most are the same: one conditional write for a bucket row or a vector.
            call += call < 20 || call > calls - 10 ? 1 : 61
            let clock = TestClock()
            let store = DyingStore(pageRows: 90)
            let first = TestDatabase(store, seed: 1, clock: clock).database
            let second = TestDatabase(store, seed: 2, clock: clock).database
            let (_, items) = try await source(first, 300) { new in
                (new.grouping, new.textIndex) = (isGrouped, !isGrouped)
            }
            store.dies(at: call, moment)
            _ = try? await cloned(first)
            calls = store.revive()
            let comment: Comment = "killed \(moment) call \(call) of \(calls)"
            #expect(try await listed(second.collection("source", in: "p")) == byName(items), comment)
            clock.advance(CollectionRow.stepLifetime + 1)
            let clone: VectorCollection
            do {
                clone = try await cloned(second)
            } catch WhiplashError.alreadyExists {
                clone = try await second.collection("clone", in: "p")
            }
            #expect(try await listed(clone) == byName(items), comment)
            if isGrouped {
                #expect(try await clone.groups(limit: 10, cursor: nil).groups.count == 5, comment)
                continue
            }
            clock.advance(2 * BucketRow.graceMilliseconds)
            #expect(try await clone.verify(within: 1_000_000).mended == 0, comment)
            #expect(try await clone.ids(near: [0, 0, 0, 0], limit: 1_000).count == items.count, comment)
        }
    }

    @Test("While others write, each item is as it was at some moment", arguments: [1, 2, 3])
    func othersWrite(seed: UInt64) async throws {
        let store = MemoryStore(pageRows: 90)
        let test = TestDatabase(store, seed: seed)
        let (source, items) = try await source(test.database)
        var generator = SeededGenerator(seed: seed)
        // What each id has been, nil for not there.
        var states = Dictionary(uniqueKeysWithValues: items.map { ($0.id, [Item?.some($0)]) })
        while try await !test.database.cloneCollection(
            "source", as: NewClone(name: "clone"), in: "p", within: 0
        )
        .isDone {
            for _ in 0..<60 {
                let id = "\(generator.next() % 700)"
                if generator.next() % 3 == 0 {
                    _ = try await source.delete(ids: [id])
                    states[id, default: [nil]].append(nil)
                } else {
                    let item = Item(id: id, vector: generator.vector(Self.dimension))
                    try await source.insert([item])
                    states[id, default: [nil]].append(item)
                }
            }
        }
        let clone = try await test.database.collection("clone", in: "p")
        let found = try await listed(clone)
        for (id, states) in states {
            #expect(states.contains(found[ItemName(id, in: nil)]), "item \(id), seed \(seed)")
        }
        #expect(Set(found.keys.map(\.id)).isSubset(of: states.keys))
        #expect(try await clone.ids(near: [0, 0, 0, 0], limit: 1_000).count == found.count)
    }

    @Test("A source that is renamed is followed, one that is removed is told of")
    func sourceGoes() async throws {
        let database = TestDatabase().database
        let (_, items) = try await source(database)
        let clone = NewClone(name: "clone")
        _ = try await database.cloneCollection("source", as: clone, in: "p", within: 0)
        _ = try await database.renameCollection("source", to: "elsewhere", in: "p")
        _ = try await database.createCollection(NewCollection(name: "source", featureCount: 1), in: "p")
        await expect(.alreadyExists) { try await database.cloneCollection("source", as: clone, in: "p") }
        while try await !database.cloneCollection("elsewhere", as: clone, in: "p", within: 0).isDone {}
        #expect(try await listed(database.collection("clone", in: "p")) == byName(items))
        let second = NewClone(name: "second")
        _ = try await database.cloneCollection("elsewhere", as: second, in: "p", within: 0)
        try await database.deleteCollection("elsewhere", in: "p")
        await expect(.notFound) { try await database.cloneCollection("elsewhere", as: second, in: "p") }
        try await database.deleteCollection("second", in: "p")
    }

    @Test("One who has stood still stores nothing over what others have stored in the clone since")
    func stoodStill() async throws {
        for call in 1...20 {
            let clock = TestClock()
            let store = InterruptedStore()
            let slow = TestDatabase(store, seed: 1, clock: clock).database
            let other = TestDatabase(store, seed: 2, clock: clock).database
            let (_, items) = try await source(other, 3)
            store.beforeCall(call) {
                clock.advance(CollectionRow.stepLifetime + 1)
                _ = try? await cloned(other)
                let clone = try await other.collection("clone", in: "p")
                try await clone.insert([Item(id: "1", vector: [9, 9, 9, 9])])
            }
            _ = try? await cloned(slow)
            try await store.finish()
            let clone = try await other.collection("clone", in: "p")
            let found = try await clone.items(ids: ["0", "1", "2"])
            #expect(found[1]?.vector == [9, 9, 9, 9], "before call \(call)")
            #expect(found[0]?.vector == items[0].vector && found[2] != nil)
            #expect(try await clone.ids(near: [9, 9, 9, 9], limit: 3).first == "1", "before call \(call)")
        }
    }

    @Test("Where replicas lag the clone waits for them before it is searched")
    func waitsForReplicas() async throws {
        let clock = TestClock()
        let store = LaggingStore(clock)
        let test = TestDatabase(store, clock: clock)
        let (_, items) = try await source(test.database)
        let clone = NewClone(name: "clone")
        var report = try await test.database.cloneCollection("source", as: clone, in: "p", within: 0)
        while report.state == "copying" {
            report = try await test.database.cloneCollection("source", as: clone, in: "p", within: 0)
        }
        #expect(report == CloneReport(state: "settling", isDone: false, copiedCount: items.count))
        let start = clock.now
        while !report.isDone {
            clock.advance(500)
            report = try await test.database.cloneCollection("source", as: clone, in: "p", within: 100)
        }
        #expect(clock.now - start >= 10_000)
        try await store.refresh()
        let made = try await test.database.collection("clone", in: "p")
        #expect(try await made.ids(near: [0, 0, 0, 0], limit: 1_000).count == items.count)
        var another = NewClone(name: "another")
        another.description = "In one call, which waits."
        #expect(
            try await test.database.cloneCollection("source", as: another, in: "p", within: 60_000).isDone)
    }

    @Test("What is asked to be other is other, and an item that cannot be so is named")
    func otherSettings() async throws {
        let test = TestDatabase()
        let database = test.database
        let (source, items) = try await source(database)
        var small = NewClone(name: "small")
        (small.vectorType, small.textIndex, small.metric) = (.float16, true, .cosine)
        let clone = try await cloned(database, small)
        let configuration = clone.configuration
        #expect(configuration.vectorType == .float16 && configuration.textIndex)
        #expect(
            configuration.metric == .cosine && configuration.incarnation != source.configuration.incarnation)
        #expect(try await clone.items(ids: ["7"])[0]?.vector == VectorType.float16.rounded(items[7].vector))
        #expect(try await !clone.search(SearchRequest(text: "word3")).isEmpty)
        await expectViolation(of: "text") { try await source.search(SearchRequest(text: "word3")) }
        try await source.insert([Item(id: "zero", vector: [0, 0, 0, 0])])
        small.name = "with zero"
        await expectViolation(of: "name") { [small] in
            try await database.cloneCollection("source", as: small, in: "p")
        }
        small.name = "with-zero"
        do {
            _ = try await cloned(database, small)
            Issue.record("a vector without a direction was taken")
        } catch WhiplashError.invalid(let violation) {
            #expect(violation.field == "vector" && violation.received.contains("'zero'"))
        }
        var words = NewClone(name: "words")
        words.textIndex = true
        _ = try await database.createCollection(
            {
                var new = NewCollection(name: "grouped", featureCount: 1)
                new.grouping = true
                return new
            }(), in: "p")
        await expectViolation(of: "text_index") { [words] in
            try await database.cloneCollection("grouped", as: words, in: "p")
        }
    }

    @Test("Planes that were learned come along, under the same metric")
    func planes() async throws {
        let test = TestDatabase()
        let (source, items) = try await source(test.database)
        _ = try await source.tune(within: 600_000)
        let clone = try await cloned(test.database)
        #expect(clone.configuration.generation == 1)
        guard case .learned = clone.index.read.planes else {
            Issue.record("the planes are random")
            return
        }
        for item in items.prefix(20) {
            #expect(try await clone.ids(near: item.vector, limit: 1) == [item.id])
        }
        #expect(try await clone.verify(within: 100_000).mended == 0)
        #expect(try await clone.tune(within: 600_000).generation == 2)
        var dot = NewClone(name: "dot")
        dot.metric = .dot
        #expect(try await cloned(test.database, dot).configuration.generation == 0)
    }

    @Test("The row of a clone is read again as it was written")
    func storedForm() async throws {
        let collection = try await TestDatabase().collection(3)
        var row = CollectionRow(
            configuration: collection.configuration, state: .cloning, stamp: WriteStamp(number: 5))
        row.configuration.tableID = "p_dev_old"
        row.configuration.metadata = RawJSON(checked: "{\"a\": 1}")
        var state = CloneState(
            progress: CloneProgress(source: "s", copiedCount: 7, startedAt: 8),
            source: CollectionIdentity(tables: "t", incarnation: "i"))
        (state.cursor, state.copiedAt) = (RowKey(partition: "a", sort: "b"), 9)
        (row.clone, row.peer) = (state, "other")
        let read = try CollectionRow(row.row)
        #expect(row.row.integer("version") == 6)
        #expect(read.clone == state && read.peer == "other")
        row.configuration.clone = state.progress
        #expect(read.configuration == row.configuration)
    }
}

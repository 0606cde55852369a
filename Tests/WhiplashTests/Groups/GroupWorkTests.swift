import GroupConformance
import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Several processes write, change, delete and search in groups, on stores whose eventual reads lag: every search gives what brute
/// force gives over a plain oracle.
@Suite struct GroupWorkTests {
    enum Order: CaseIterable { case numbered, timed }

    @Test("Searches agree with a plain oracle", arguments: Order.allCases, [1, 2, 3])
    func oracle(order: Order, seed: UInt64) async throws {
        let clock = TestClock()
        let store = LaggingStore(order == .timed ? clock : nil)
        let processes = (0..<3).map { TestDatabase(store, seed: seed + UInt64($0), clock: clock).database }
        var new = NewCollection(name: "c", featureCount: 20)
        (new.metric, new.grouping) = (.euclidean, true)
        _ = try await processes[0].createCollection(new, in: "p")
        var oracle = GroupOracle(seed: seed)
        for step in 0..<500 {
            try await oracle.change(try await processes[oracle.choose(3)].collection("c", in: "p"))
            // Long waits too, after which bucket rows may be removed; replicas have caught up by then.
            let waits = oracle.choose(12) == 0
            clock.advance(Int64(oracle.choose(waits ? 200_000 : 3_000)))
            if waits || oracle.choose(4) == 0 { try await store.refresh() }
            let searcher = try await processes[oracle.choose(3)].collection("c", in: "p")
            try await oracle.check(searcher, "\(order), seed \(seed), step \(step)")
        }
    }

    @Test("Where reads may lag what is old is read eventually, and what is new or does not agree strongly")
    func readsOfTruth() async throws {
        let clock = TestClock()
        let store = LaggingStore(clock)
        let test = TestDatabase(store, clock: clock)
        let collection = try await test.grouped(2)
        try await collection.insert([Item(id: "a", vector: [1, 2], text: "old", group: "g")])
        // Never seen by eventual reads: found all the same, long after.
        clock.advance(10 * BucketRow.graceMilliseconds)
        #expect(try await collection.ids(near: [1, 2], in: "g") == ["a"])
        try await store.refresh()
        _ = try await collection.update("a", ItemPatch(text: "new"), in: "g")
        var request = SearchRequest(query: [1, 2])
        request.group = "g"
        #expect(try await collection.search(request).map(\.item.text) == ["new"])
        request.eventual = true
        #expect(try await collection.search(request).map(\.item.text) == ["old"])
    }

    @Test("An item moved and deleted a moment ago is not found where it was long ago")
    func movedAndDeleted() async throws {
        let clock = TestClock()
        let store = LaggingStore(clock)
        let test = TestDatabase(store, clock: clock)
        let collection = try await test.grouped(2)
        try await collection.insert([Item(id: "a", vector: [1, 2], group: "g")])
        clock.advance(10 * BucketRow.graceMilliseconds)
        try await store.refresh()
        // The first bucket row stays behind, and eventual reads give the first vector.
        try await collection.insert([Item(id: "a", vector: [2, 1], group: "g")])
        #expect(try await collection.delete(ids: ["a"], in: "g") == 1)
        #expect(try await collection.ids(near: [1, 2], in: "g") == [])
        try await store.refresh()
        clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await collection.ids(near: [1, 2], in: "g") == [])
        #expect(try await bucketRows(store.base, collection).isEmpty)
    }

    @Test("Writers at the same time on the same ids, and searches between: in the end all is as it should be")
    func writersAtOnce() async throws {
        let store = MemoryStore(pageRows: 5)
        let collection = try await TestDatabase(store).grouped(20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask {
                    var generator = SeededGenerator(seed: UInt64(writer))
                    for _ in 0..<40 {
                        let id = "\(generator.next() % 10)"
                        switch generator.next() % 4 {
                        case 0: _ = try await collection.delete(ids: [id], in: "g")
                        case 1: _ = try? await collection.update(id, ItemPatch(text: "t"), in: "g")
                        default:
                            try await collection.insert([
                                Item(id: id, vector: generator.vector(20), group: "g")
                            ])
                        }
                        _ = try await collection.ids(near: generator.vector(20), in: "g", limit: 3)
                    }
                }
            }
            try await group.waitForAll()
        }
        let items =
            try await collection.list(limit: 5, cursor: nil, in: "g").items
            + (try await collection.items(ids: (0..<10).map { "\($0)" }, in: "g").compactMap(\.self))
        var unique: [String: Item] = [:]
        for item in items { unique[item.id] = item }
        for item in unique.values {
            #expect(try await collection.ids(near: item.vector, in: "g", limit: 1) == [item.id])
        }
    }
}

/// What a collection with groups should hold, kept plainly.
private struct GroupOracle {
    private var items: [ItemName: Item] = [:]
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func choose(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

    private mutating func name() -> ItemName { ItemName("id\(choose(30))", in: "g\(choose(3))") }

    /// Sometimes a vector that others have.
    private mutating func vector() -> [Float] {
        choose(4) == 0 ? items.values.first?.vector ?? generator.vector(20) : generator.vector(20)
    }

    mutating func change(_ collection: VectorCollection) async throws {
        switch choose(12) {
        case 0...5:
            var batch: [ItemName: Item] = [:]
            for _ in 0...choose(5) {
                let name = name()
                batch[name] = Item(id: name.id, vector: vector(), group: name.group)
            }
            try await collection.insert(Array(batch.values))
            items.merge(batch) { $1 }
        case 6, 7:
            let name = name()
            #expect(
                try await collection.delete(ids: [name.id], in: name.group) == (items[name] == nil ? 0 : 1))
            items[name] = nil
        case 8, 9, 10:
            let name = name()
            guard var item = items[name] else { return }
            let patch = ItemPatch(vector: choose(2) == 0 ? vector() : nil, text: "t\(choose(9))")
            if let vector = patch.vector { item.vector = vector }
            item.text = patch.text ?? nil
            #expect(try await collection.update(name.id, patch, in: name.group) == item)
            items[name] = item
        default:
            let group = "g\(choose(3))"
            let gone = items.keys.filter { $0.group == group }
            #expect(try await collection.deleteGroup(group) == gone.count)
            for name in gone { items[name] = nil }
        }
    }

    mutating func check(_ collection: VectorCollection, _ note: String) async throws {
        let group = "g\(choose(3))"
        let there = items.values.filter { $0.group == group }
        var request = SearchRequest(query: generator.vector(20))
        (request.group, request.limit) = (group, 5)
        let found = try await collection.search(request).map(\.item)
        #expect(found == BruteForce(.euclidean).best(5, there, request.query).map(\.item), "\(note)")
        if choose(20) == 0 {
            let groups = try await collection.groups(limit: 100, cursor: nil).groups
            #expect(Set(groups).isSuperset(of: items.keys.compactMap(\.group)), "\(note)")
        }
    }
}

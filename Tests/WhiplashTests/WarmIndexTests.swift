import JSON
import Storage
import Synchronization
import Testing
import VectorIndex

@testable import Whiplash

/// Rows in memory are kept true by the change log: whatever one process writes, the next search of every other sees.
@Suite struct WarmIndexTests {
    enum Order: CaseIterable { case numbered, timed }

    @Test("Several processes on one store agree with a plain oracle", arguments: Order.allCases, [1, 2, 3])
    func severalProcesses(order: Order, seed: UInt64) async throws {
        let clock = TestClock()
        let store = LaggingStore(order == .timed ? clock : nil)
        let processes = (0..<3).map { TestDatabase(store, seed: seed + UInt64($0), clock: clock).database }
        var new = NewCollection(name: "c", featureCount: 4)
        new.metric = .euclidean
        _ = try await processes[0].createCollection(new, in: "p")
        var oracle = Oracle(seed: seed)
        for step in 0..<400 {
            let collection = try await processes[oracle.choose(3)].collection("c", in: "p")
            try await oracle.change(collection)
            clock.advance(Int64(oracle.choose(3_000)))
            // Replicas catch up now and then; what is written in between only strong reads see.
            if oracle.choose(4) == 0 { try await store.refresh() }
            let searcher = try await processes[oracle.choose(3)].collection("c", in: "p")
            try await oracle.check(searcher, "seed \(seed), step \(step)")
        }
    }

    @Test("A warm search reads of the store only what changed, and vectors")
    func readsOnlyChanges() async throws {
        let store = CountingStore()
        let collection = try await TestDatabase(store).collection(8)
        var generator = SeededGenerator(seed: 5)
        try await collection.insert(generator.items(3_000, 8))
        _ = try await collection.ids(near: generator.vector(8))
        #expect(store.taken().rowsRead > 3_000)
        _ = try await collection.ids(near: generator.vector(8))
        #expect(store.taken().rowsRead < 100)
    }

    @Test("Where the store tells that nothing has changed, a warm search reads vectors and nothing else")
    func unchangedStore() async throws {
        let store = CountingStore(tellsRevision: true)
        let test = TestDatabase(store) { $0.configurationLifetime = 0 }
        let collection = try await test.collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 1])])
        for _ in 0..<2 { #expect(try await collection.ids(near: [1, 2]) == ["a"]) }
        _ = store.taken()
        let found = try await test.database.collection("c", in: "p")
        #expect(try await found.ids(near: [1, 2]) == ["a"])
        #expect(store.taken().calls == 2, "the configuration, once after the change, and the vectors")
        #expect(try await test.database.collection("c", in: "p").ids(near: [1, 2]) == ["a"])
        #expect(store.taken() == CountingStore.Counts(calls: 1, writes: 0, queries: 0, rowsRead: 1))
        let other = TestDatabase(store, seed: 9, clock: test.clock)
        try await other.database.collection("c", in: "p").insert([Item(id: "b", vector: [1, 2])])
        #expect(try await test.database.collection("c", in: "p").ids(near: [1, 2]) == ["b", "a"])
    }

    @Test("An eventual search leaves the log unread for five seconds, and no longer")
    func eventualSearch() async throws {
        let store = CountingStore()
        let test = TestDatabase(store)
        let other = TestDatabase(store, seed: 9, clock: test.clock)
        let collection = try await test.collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 1])])
        var request = SearchRequest(query: [1, 2])
        request.eventual = true
        #expect(try await collection.search(request).map(\.item.id) == ["a"])
        try await other.database.collection("c", in: "p").insert([Item(id: "b", vector: [1, 2])])
        _ = store.taken()
        #expect(try await collection.search(request).map(\.item.id) == ["a"])
        #expect(store.taken().queries == 0)
        test.clock.advance(VectorCollection.eventualAge)
        #expect(try await collection.search(request).map(\.item.id) == ["b", "a"])
    }

    @Test("What does not fit into the budget is read from the store by each search, and found as well")
    func tooLarge() async throws {
        let store = CountingStore()
        let test = TestDatabase(store) { $0.cacheBytes = 20_000 }
        let collection = try await test.collection(8)
        var generator = SeededGenerator(seed: 6)
        let items = generator.items(2_000, 8)
        try await collection.insert(items)
        for item in items.prefix(20) {
            #expect(try await collection.ids(near: item.vector, limit: 1) == [item.id])
            #expect(store.taken().rowsRead > 2_000)
        }
    }

    @Test("Of several collections those least recently searched make room")
    func leastRecentlyUsed() async throws {
        let store = CountingStore()
        let test = TestDatabase(store) { $0.cacheBytes = 260_000 }
        var generator = SeededGenerator(seed: 7)
        var collections: [VectorCollection] = []
        for name in ["a", "b", "c"] {
            let collection = try await test.database.createCollection(
                NewCollection(name: name, featureCount: 8), in: "p")
            try await collection.insert(generator.items(1_500, 8))
            collections.append(collection)
        }
        func rowsRead(_ number: Int) async throws -> Int {
            test.clock.advance(1)
            _ = store.taken()
            _ = try await collections[number].ids(near: generator.vector(8))
            return store.taken().rowsRead
        }
        for number in 0..<3 { #expect(try await rowsRead(number) > 1_500) }
        #expect(try await rowsRead(2) < 200, "the last one searched stays")
        #expect(try await rowsRead(0) > 1_500, "the first one had to go")
    }

    @Test("When the log no longer tells all, the rows are read anew")
    func droppedLog() async throws {
        let store = CountingStore()
        let collection = try await TestDatabase(store) { $0.shardCount = 1 }.collection(2)
        for number in 0..<3 {
            try await collection.insert([Item(id: "\(number)", vector: [1, Float(number)])])
        }
        _ = try await collection.ids(near: [1, 1])
        try await collection.insert([Item(id: "3", vector: [1, 3])])
        try await collection.insert([Item(id: "4", vector: [1, 4])])
        // As a store does that keeps only the last row.
        let log = collection.configuration.logPartition(0)
        try await store.base.write(
            (1...4).map {
                .delete(RowKey(partition: log, sort: LogKey.text($0)), in: collection.bucketsTable)
            })
        let found = try await collection.ids(near: [1, 3], limit: 9)
        #expect(found.sorted() == ["0", "1", "2", "3", "4"])
    }

    @Test("Rows in memory older than the log's life are read anew")
    func oldState() async throws {
        let clock = TestClock()
        let store = LaggingStore(clock)
        let test = TestDatabase(store, clock: clock)
        let collection = try await test.collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 1])])
        #expect(try await collection.ids(near: [1, 1]) == ["a"])
        try await collection.insert([Item(id: "b", vector: [1, 2])])
        let logs = collection.configuration.logPartition(0)
        for row in try await store.query(
            RangeQuery(collection.bucketsTable, partition: logs, consistency: .strong)
        ).rows {
            try await store.write([.delete(row.key, in: collection.bucketsTable)])
        }
        try await store.refresh()
        clock.advance(3_600_000)
        #expect(try await collection.ids(near: [1, 1], limit: 2) == ["a", "b"])
    }

    @Test("A filling that fails leaves nothing behind, and the next search fills")
    func failedFill() async throws {
        let store = StumblingStore()
        let collection = try await TestDatabase(store).collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 1])])
        store.failsQueries.store(true, ordering: .relaxed)
        await expect(.store) { try await collection.ids(near: [1, 1]) }
        store.failsQueries.store(false, ordering: .relaxed)
        #expect(try await collection.ids(near: [1, 1]) == ["a"])
        // The log read of a warm search may fail as well, and nothing is lost by it.
        store.failsQueries.store(true, ordering: .relaxed)
        try await collection.insert([Item(id: "b", vector: [1, 2])])
        await expect(.store) { try await collection.ids(near: [1, 1]) }
        store.failsQueries.store(false, ordering: .relaxed)
        #expect(try await collection.ids(near: [1, 1]) == ["a", "b"])
    }

    @Test("Searches at the same time share one filling, and all find everything")
    func sharedFill() async throws {
        let store = CountingStore()
        let collection = try await TestDatabase(store).collection(8)
        var generator = SeededGenerator(seed: 8)
        let items = generator.items(2_000, 8)
        try await collection.insert(items)
        _ = store.taken()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in items.prefix(16) {
                group.addTask {
                    let found = try await collection.ids(near: item.vector, limit: 1)
                    #expect(found == [item.id])
                }
            }
            try await group.waitForAll()
        }
        #expect(store.taken().rowsRead < 2 * 2_000)
    }
}

/// What a collection should hold, kept plainly.
private struct Oracle {
    private var items: [String: Item] = [:]
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func choose(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

    private mutating func id() -> String { "id\(choose(60))" }

    mutating func change(_ collection: VectorCollection) async throws {
        switch choose(6) {
        case 0, 1, 2:
            var batch: [String: Item] = [:]
            for _ in 0...choose(5) {
                let id = id()
                batch[id] = Item(id: id, vector: generator.vector(4))
            }
            try await collection.insert(Array(batch.values))
            items.merge(batch) { $1 }
        case 3:
            let ids = [id(), id()]
            let removed = try await collection.delete(ids: ids)
            #expect(removed == Set(ids).filter { items[$0] != nil }.count)
            for id in ids { items[id] = nil }
        case 4:
            guard let id = items.keys.sorted().randomElement(using: &generator) else { return }
            var patch = ItemPatch()
            patch.vector = generator.vector(4)
            items[id] = try await collection.update(id, patch)
        default:
            guard let id = items.keys.sorted().randomElement(using: &generator) else { return }
            var patch = ItemPatch()
            patch.text = "\(choose(1_000))"
            items[id] = try await collection.update(id, patch)
        }
    }

    mutating func check(_ collection: VectorCollection, _ comment: Comment) async throws {
        var request = SearchRequest(query: generator.vector(4))
        request.limit = 1 + choose(12)
        let scored = items.values.map { item in (item, distance(item.vector, request.query)) }
        let expected = scored.sorted { ($0.1, $0.0.id) < ($1.1, $1.0.id) }.prefix(request.limit).map(\.0)
        let found = try await collection.search(request).map(\.item)
        #expect(found.map(\.id) == expected.map(\.id), comment)
        #expect(found == expected, comment)
    }

    private func distance(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    }
}

/// A store whose queries fail while they are told to.
private final class StumblingStore: StoreWrapper {
    let base = MemoryStore()
    let failsQueries = Atomic(false)

    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        if failsQueries.load(ordering: .relaxed) { throw .throttled }
        return try await base.query(query)
    }
}

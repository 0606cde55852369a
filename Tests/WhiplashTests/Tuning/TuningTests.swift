import JSON
import Storage
import Synchronization
import Testing
import VectorIndex

@testable import Whiplash

/// Tuning: whatever step it has come to, whoever died, whatever others write, a search finds what was acknowledged.
@Suite struct TuningTests {
    private static let dimension = 4

    /// A collection that is large enough to learn from.
    private func filled(_ test: TestDatabase, _ seed: UInt64) async throws -> (VectorCollection, [Item]) {
        let collection = try await test.collection(Self.dimension, .euclidean)
        var generator = SeededGenerator(seed: seed)
        let items = generator.items(300, Self.dimension)
        try await collection.insert(items)
        return (collection, items)
    }

    @Test("A tuning in one call ends with the new planes alone")
    func wholeTuning() async throws {
        let store = MemoryStore(pageRows: 70)
        let test = TestDatabase(store)
        let (collection, items) = try await filled(test, 1)
        let report = try await collection.tune(within: 600_000)
        #expect(report == TuningReport(state: "tuned", isDone: true, generation: 1, filledCount: 300))
        #expect(try await partitions(store, collection) == Set((0..<8).map { "1.\($0)" } + ["planes.1"]))
        let tuned = try await test.database.collection("c", in: "p")
        #expect(tuned.configuration.generation == 1 && tuned.configuration.alsoWritten == nil)
        guard case .learned = tuned.index.read.planes else { throw Missing() }
        let last = LastTuning(state: "tuned", generation: 1, filledCount: 300, finishedAt: test.clock.now)
        #expect(try await tuned.statistics().lastTuning == last)
        for item in items.prefix(30) {
            #expect(try await tuned.ids(near: item.vector, limit: 1) == [item.id])
            #expect(try await collection.ids(near: item.vector, limit: 1) == [item.id], "held from before")
        }
        #expect(try await tuned.verify(within: 1_000).vectorsWithoutBucketRow == 0)
    }

    private struct Missing: Error {}

    /// The kinds of partitions that have rows in the buckets table, without incarnation; logs of the generation that is read aside.
    private func partitions(_ store: MemoryStore, _ collection: VectorCollection) async throws -> Set<String>
    {
        var found = Set<String>()
        var scan = TableScan(collection.bucketsTable, consistency: .strong)
        repeat {
            let page = try await store.scan(scan)
            for row in page.rows {
                found.insert(
                    String(row.key.partition.dropFirst(collection.configuration.incarnation.count + 1)))
            }
            scan.after = page.next
        } while scan.after != nil
        return found.filter { !$0.hasPrefix("log.1.") }
    }

    @Test(
        "Killed at any write, a tuning is taken up and completed by others, and nothing is missed on the way")
    func killedAnywhere() async throws {
        let total = try await killed(at: .max)
        #expect(total > 300)
        for write in Array(1...8) + Array(stride(from: 13, to: total - 18, by: 130))
            + Array(total - 17...total)
        {
            _ = try await killed(at: write)
        }
    }

    /// - Returns: How many writes the tuning took.
    private func killed(at write: Int) async throws -> Int {
        let clock = TestClock()
        let store = MortalStore()
        let first = TestDatabase(store, seed: 5, clock: clock)
        let second = TestDatabase(store, seed: 6, clock: clock)
        let cold = TestDatabase(store, seed: 7, clock: clock) { $0.cacheBytes = 0 }
        let (collection, items) = try await filled(first, 2)
        let others = [
            try await second.database.collection("c", in: "p"),
            try await cold.database.collection("c", in: "p"),
        ]
        for other in others { _ = try await other.ids(near: items[0].vector) }
        store.dies(atWrite: write)
        _ = try? await collection.tune(within: 600_000)
        let writes = store.revive()
        let comment: Comment = "killed at write \(write)"
        try await expectAll(items, by: others, comment)
        let extra = Item(id: "extra", vector: [9, 9, 9, 9])
        try await others[1].insert([extra])
        if write <= writes {
            let report = try await others[0].tune(within: 600_000)
            #expect(report.isDone && report.generation >= 1, comment)
        }
        let now = [try await second.database.collection("c", in: "p"), others[0], others[1], collection]
        try await expectAll(items + [extra], by: now, comment)
        #expect(try await partitions(store.base, collection).filter { $0.hasPrefix("0.") }.isEmpty, comment)
        return writes
    }

    private func expectAll(
        _ items: [Item], by collections: [VectorCollection], _ comment: Comment
    ) async throws {
        for (number, collection) in collections.enumerated() {
            var ids = Set<String>()
            // All at once, in the answer to one search; and some one by one.
            ids.formUnion(try await collection.ids(near: [0, 0, 0, 0], limit: 1_000))
            #expect(ids == Set(items.map(\.id)), "\(comment), process \(number)")
        }
    }

    @Test(
        "Step by step, with processes that have heard of it and such that have not, searches agree with an oracle",
        arguments: [false, true], [1, 2, 3])
    func manyProcesses(isTimed: Bool, seed: UInt64) async throws {
        let clock = TestClock()
        let store = LaggingStore(isTimed ? clock : nil)
        let processes = (0..<4).map { number in
            TestDatabase(store, seed: seed + UInt64(number), clock: clock) {
                if number == 3 { $0.cacheBytes = 0 }
                $0.shardCount = 2
            }.database
        }
        let (_, items) = try await filled(TestDatabase(store, seed: seed, clock: clock), seed)
        try await store.refresh()
        var held = [items[0].id: items[0]]
        for item in items { held[item.id] = item }
        var generator = SeededGenerator(seed: seed ^ 77)
        func choose(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }
        var (tuned, step) = (0, 0)
        while tuned < 2, step < 3_000 {
            step += 1
            let comment: Comment = "timed \(isTimed), seed \(seed), step \(step)"
            let writer = try await processes[choose(4)].collection("c", in: "p")
            switch choose(5) {
            case 0, 1:
                let item = Item(id: "\(choose(400))", vector: generator.vector(Self.dimension))
                try await writer.insert([item])
                held[item.id] = item
            case 2:
                let id = "\(choose(400))"
                #expect(try await writer.delete(ids: [id]) == (held[id] == nil ? 0 : 1), comment)
                held[id] = nil
            case 3:
                guard let id = held.keys.sorted().randomElement(using: &generator) else { continue }
                var patch = ItemPatch()
                if choose(2) == 0 {
                    patch.vector = generator.vector(Self.dimension)
                } else {
                    patch.text = "\(step)"
                }
                held[id] = try await writer.update(id, patch)
            default:
                let tuner = try await processes[choose(4)].collection("c", in: "p")
                if try await tuner.tune(within: 0).isDone { tuned += 1 }
            }
            clock.advance(Int64(choose(1_500)))
            if choose(4) == 0 || clock.now % 7 == 0 { try await store.refresh() }
            let searcher = try await processes[choose(4)].collection("c", in: "p")
            var request = SearchRequest(query: generator.vector(Self.dimension))
            request.limit = 1 + choose(8)
            let found = try await searcher.search(request).map(\.item)
            let scored = held.values.map { ($0, distance($0.vector, request.query)) }
            let expected = scored.sorted { ($0.1, $0.0.id) < ($1.1, $1.0.id) }.prefix(request.limit).map(\.0)
            #expect(found == expected, comment)
            if found != expected { return }
        }
        #expect(tuned == 2)
        let last = try await processes[0].collection("c", in: "p")
        #expect(last.configuration.generation == 2)
        clock.advance(2 * BucketRow.graceMilliseconds)
        var report = try await last.verify(within: 1_000_000)
        #expect(report.vectorsWithoutBucketRow == 0 && report.cursor == nil)
        report = try await last.verify(within: 1_000_000)
        #expect(report.mended == 0, "what was needless has been removed")
    }

    private func distance(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    }

    @Test("A write under way while the collection is tuned is found afterwards", arguments: 1...24)
    func slowWrite(steps: Int) async throws {
        let clock = TestClock()
        let store = InterruptedStore()
        let (slow, _) = try await filled(TestDatabase(store, seed: 8, clock: clock), 3)
        let tuner = TestDatabase(store, seed: 9, clock: clock)
        let other = try await tuner.database.collection("c", in: "p")
        // The batch of the insert is the next call. Before it arrives the tuning goes on by so many steps.
        store.beforeCall(1) {
            for _ in 0..<steps {
                _ = try await other.tune(within: 0)
                clock.advance(4_000)
            }
        }
        try await slow.insert([Item(id: "slow", vector: [7, 7, 7, 7])])
        while try await !other.tune(within: 0).isDone { clock.advance(4_000) }
        let found = try await tuner.database.collection("c", in: "p")
        #expect(found.configuration.generation > 0)
        #expect(try await found.ids(near: [7, 7, 7, 7], limit: 1) == ["slow"])
        #expect(try await found.verify(within: 100_000).vectorsWithoutBucketRow == 0)
    }

    @Test(
        "A search under way while the collection is tuned finds everything", arguments: [1, 2, 3, 5, 9],
        [0, 1 << 20])
    func slowSearch(call: Int, cacheBytes: Int) async throws {
        let clock = TestClock()
        let store = InterruptedStore()
        let test = TestDatabase(store, seed: 8, clock: clock) { $0.cacheBytes = cacheBytes }
        let (slow, items) = try await filled(test, 4)
        let other = try await TestDatabase(store, seed: 9, clock: clock).database.collection("c", in: "p")
        store.beforeCall(call) { _ = try await other.tune(within: 600_000) }
        #expect(Set(try await slow.ids(near: [0, 0, 0, 0], limit: 300)) == Set(items.map(\.id)))
        try await store.finish()
        #expect(Set(try await slow.ids(near: [0, 0, 0, 0], limit: 300)) == Set(items.map(\.id)))
    }

    @Test("A collection too small to learn from, and one with groups, are told so")
    func refused() async throws {
        let small = try await TestDatabase().collection(3)
        try await small.insert([Item(id: "a", vector: [1, 2, 3])])
        let report = try await small.tune(within: 1_000)
        #expect(report.isDone && report.state == "too_small" && report.generation == 0)
        #expect(try await small.statistics().lastTuning?.state == "too_small")
        let grouped = try await TestDatabase().grouped(3)
        await expectViolation(of: "collectionId") { try await grouped.tune(within: 1_000) }
        await expectViolation(of: "collectionId") { try await grouped.verify(within: 1_000) }
    }

    @Test("Cells choose what is read: a small part, and nearly all neighbours")
    func readsLess() async throws {
        let store = CountingStore()
        let test = TestDatabase(store) {
            ($0.cacheBytes, $0.maxItemsPerBucket, $0.shardCount) = (0, 500, 1)
        }
        let collection = try await test.collection(16)
        var generator = SeededGenerator(seed: 10)
        let items = generator.items(4_000, 16)
        try await collection.insert(items)
        _ = try await collection.tune(within: 600_000)
        let tuned = try await test.database.collection("c", in: "p")
        _ = try await tuned.ids(near: items[0].vector)
        _ = store.taken()
        var found = 0
        for item in items.prefix(20) {
            let query = item.vector.map { $0 + 0.3 * generator.nextGaussian() }
            let exact = try await tuned.ids(near: query, exact: true)
            _ = store.taken()
            found += Set(try await tuned.ids(near: query)).intersection(exact).count
            #expect(store.taken().rowsRead < 2_800, "bucket rows and vectors")
        }
        #expect(found >= 185, "of 200")
    }

    @Test("Of many rows in memory cells choose which are looked at, unless few pass the filter")
    func looksAtLess() async throws {
        let test = TestDatabase { $0.maxItemsPerBucket = 100 }
        var new = NewCollection(name: "c", featureCount: 16)
        new.filterable = ["rare"]
        let collection = try await test.database.createCollection(new, in: "p")
        var generator = SeededGenerator(seed: 11)
        let rare = RawJSON(checked: "{\"rare\":true,\"hidden\":true}")
        var items = generator.items(4_000, 16)
        for place in stride(from: 0, to: items.count, by: 500) { items[place].metadata = rare }
        try await collection.insert(Array(items[..<3_900]))
        _ = try await collection.tune(within: 600_000)
        let tuned = try await test.database.collection("c", in: "p")
        // Some come and go after the sketches are in memory.
        _ = try await tuned.ids(near: items[0].vector)
        try await tuned.insert(Array(items[3_900...]))
        #expect(try await tuned.delete(ids: (100..<200).map(String.init)) == 100)
        var (found, lookedAt) = (0, 0)
        for item in items[..<40] + items[3_900..<3_940] {
            var request = SearchRequest(query: item.vector.map { $0 + 0.3 * generator.nextGaussian() })
            (request.limit, request.explain) = (3, true)
            let exact = try await tuned.ids(near: request.query, limit: 3, exact: true)
            let answer = try await tuned.answer(request)
            found += Set(answer.matches.map(\.item.id)).intersection(exact).count
            lookedAt += try #require(answer.explanation?.vector).sketchCount
            #expect(try await tuned.ids(near: item.vector, limit: 1) == [item.id])
        }
        #expect(found >= 225, "of 240")
        #expect(lookedAt < 80 * 2_800, "of 80 times 3,900")
        for key in ["rare", "hidden"] {
            var request = SearchRequest(query: items[7].vector)
            (request.limit, request.filter) = (8, try MetadataFilter(RawJSON(checked: "{\"\(key)\":true}")))
            #expect(try await tuned.search(request).count == 8, "\(key)")
        }
        let all = try await tuned.ids(near: items[7].vector, limit: 1_000)
        #expect(Set(all).count == 1_000)
    }

    @Test("Maintenance tunes what searches found too large, once, and verifies slice by slice")
    func maintenance() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store) { ($0.cacheBytes, $0.maxItemsPerBucket) = (0, 100) }
        let (collection, items) = try await filled(test, 5)
        #expect(try await test.database.maintain(within: 100).tuned.isEmpty)
        test.clock.advance(700_000)
        _ = try await collection.ids(near: items[0].vector)
        var report = try await test.database.maintain(within: 600_000)
        #expect(report.tuned == [collection.configuration.id])
        #expect(try await test.database.collection("c", in: "p").configuration.generation == 1)
        test.clock.advance(700_000)
        _ = try await collection.ids(near: items[0].vector)
        report = try await test.database.maintain(within: 600_000)
        #expect(report.tuned.isEmpty && report.verified.isEmpty, "a week has to pass")
        test.clock.advance(8 * 24 * 3_600_000)
        report = try await test.database.maintain(within: 600_000)
        #expect(report.tuned.isEmpty && report.verified == [collection.configuration.id])
    }

    @Test("A collection's row tells of a tuning under way, and is read again as it was")
    func storedForm() async throws {
        let test = TestDatabase()
        let collection = try await test.collection(3)
        var row = CollectionRow(
            configuration: collection.configuration, state: .ready, stamp: WriteStamp(number: 5))
        #expect(row.row.integer("version") == 1)
        var state = TuningState(phase: .filling, other: 3, startedAt: 17)
        (state.seenAt, state.cursor, state.filledCount) = (18, RowKey(partition: "a", sort: "b"), 19)
        (row.tuning, row.configuration.generation, row.configuration.alsoWritten) = (state, 2, 3)
        let read = try CollectionRow(row.row)
        #expect(row.row.integer("version") == 3)
        #expect(read.tuning == state && read.configuration == row.configuration)
    }
}

/// A store that dies at a write: that one and all after fail, until it is revived.
private final class MortalStore: StoreWrapper {
    let base = MemoryStore(pageRows: 90)
    private struct Life {
        var writes = 0
        var death = Int.max
    }
    private let life = Mutex(Life())

    func dies(atWrite death: Int) { life.withLock { $0 = Life(writes: 0, death: death) } }

    /// - Returns: How many writes there were since `dies`.
    func revive() -> Int {
        life.withLock { life in
            defer { life = Life() }
            return life.writes
        }
    }

    private func count() throws(StoreError) {
        let isDead = life.withLock { life in
            life.writes += 1
            return life.writes >= life.death
        }
        if isDead { throw .unavailable(store: "mortal", reason: "killed") }
    }

    func write(_ writes: [Write]) async throws(StoreError) {
        try count()
        try await base.write(writes)
    }
    func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try count()
        try await base.write(write, if: condition)
    }
}

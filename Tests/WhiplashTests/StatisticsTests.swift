import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct StatisticsTests {
    private static let seed: UInt64 = 17

    private func filled(
        _ count: Int, _ store: any Store = MemoryStore(),
        _ change: (inout DatabaseSettings) -> Void = { _ in }
    ) async throws -> VectorCollection {
        let collection = try await TestDatabase(store, change).collection(8)
        var generator = SeededGenerator(seed: Self.seed)
        let items = generator.items(count, 8)
        for start in stride(from: 0, to: count, by: 5_000) {
            try await collection.insert(Array(items[start..<min(count, start + 5_000)]))
        }
        return collection
    }

    @Test("Sketches that are not in memory are counted, whatever the pages", arguments: [1, 7, 1000])
    func counts(pageRows: Int) async throws {
        let statistics = try await filled(300, MemoryStore(pageRows: pageRows)).statistics()
        #expect(statistics.items == .init(300, .counted))
        #expect(statistics.groups == nil)
        #expect(statistics.vectorBytes == 300 * 8 * 4)
        #expect(statistics.buckets == nil)
        #expect(statistics.cache.state == .cold)
        #expect(statistics.tuning == .init(state: "random"))
        #expect(statistics.maintenance == .init())
    }

    @Test("A store that counts its rows tells just the items, whatever their writes have left")
    func exact() async throws {
        let collection = try await filled(50)
        let vector = [Float](repeating: 1, count: 8)
        try await collection.insert([Item(id: "0", vector: vector)])
        let writes = [ItemWrite(Item(id: "1", vector: vector), if: .absent)]
        await #expect(throws: WhiplashError.self) { try await collection.write(writes, partially: false) }
        #expect(try await collection.statistics().items == .init(50, .counted))
        #expect(try await collection.delete(ids: ["0", "1"]) == 2)
        #expect(try await collection.statistics().items == .init(48, .counted))
    }

    @Test(
        "What a search has read into memory is told from there, with what has changed since, and reads no row of items"
    )
    func fromMemory() async throws {
        let store = CountingStore()
        let collection = try await filled(300, store)
        _ = try await collection.search(for: [Float](repeating: 1, count: 8))
        _ = store.taken()
        let statistics = try await collection.statistics()
        #expect(store.taken().rowsRead <= 3)
        #expect(statistics.items == .init(300, .memory))
        #expect(try await collection.delete(ids: ["1", "2"]) == 2)
        #expect(try await collection.statistics().items == .init(298, .memory))
        #expect(statistics.cache.state == .warm)
        #expect(statistics.cache.byteCount > 300 * 8)
        let buckets = try #require(statistics.buckets)
        #expect(buckets.bitCount == 8)
        let full = buckets.sizes.reduce(0) { $0 + $1.bucketCount }
        #expect(full + buckets.emptyCount == 256)
        #expect(buckets.sizes.allSatisfy { $0.rowCount <= buckets.largest })
        let least = buckets.sizes.reduce(0) { $0 + $1.bucketCount * $1.rowCount }
        #expect((least...2 * least).contains(300))
    }

    @Test("Buckets are those of the keys' first bits")
    func bucketsOfFirstBits() async throws {
        let collection = try await filled(200)
        _ = try await collection.search(for: [Float](repeating: 1, count: 8))
        let forest = try #require(collection.index.warm.state { $0.forest })
        for depth in [1, 8, 30] {
            var counts: [UInt32: Int] = [:]
            for (number, leaf) in forest.leaves.enumerated() {
                for row in leaf.keys.indices {
                    let name = forest.name(ofRow: row, inLeaf: number)
                    let text = name.indexKey.text.prefix(HashKey.textLength)
                    let bits = try #require(UInt32(text, radix: 36))
                    counts[bits >> (30 - depth), default: 0] += 1
                }
            }
            let buckets = forest.buckets(ofDepth: depth)
            #expect(buckets.largest == counts.values.max())
            #expect(buckets.emptyCount == 1 << depth - counts.count)
        }
    }

    @Test("More sketches than are counted are told as a bound, and after a search as its estimate")
    func manyThatDoNotFit() async throws {
        let store = CountingStore()
        let collection = try await filled(3_000, store) { settings in
            (settings.cacheBytes, settings.shardCount, settings.maxItemsPerBucket) = (0, 2, 100)
        }
        _ = store.taken()
        let bound = try await collection.statistics()
        #expect(bound.items == .init(2_000, .atLeast))
        #expect(store.taken().rowsRead <= 2_003)
        _ = try await collection.search(for: [Float](repeating: 1, count: 8))
        _ = store.taken()
        let estimated = try await collection.statistics()
        #expect(estimated.items?.source == .estimate)
        #expect((2_000...4_500).contains(estimated.items?.value ?? 0), "seed \(Self.seed)")
        #expect(estimated.cache.state == .tooLarge)
        #expect(store.taken().rowsRead <= 3)
    }

    @Test("Of a collection with groups the groups are counted")
    func groups() async throws {
        let collection = try await TestDatabase().grouped(2)
        try await collection.insert([
            Item(id: "1", vector: [1, 2], group: "a"), Item(id: "2", vector: [1, 2], group: "a"),
            Item(id: "1", vector: [1, 2], group: "b"),
        ])
        let statistics = try await collection.statistics()
        #expect(statistics.groups == .init(2, .counted))
        #expect(statistics.items == .init(3, .counted))
        #expect(statistics.vectorBytes == 3 * 2 * 4)
    }

    @Test("Maintenance leaves when it verified, and a tuning how far it is")
    func maintenance() async throws {
        let place = TestDatabase()
        let collection = try await place.collection(8)
        try await collection.insert([Item(id: "1", vector: [Float](repeating: 1, count: 8))])
        place.clock.advance(1_000)
        _ = try await place.database.maintain(within: 60_000)
        let statistics = try await collection.statistics()
        let verifiedAt = try #require(statistics.maintenance.verifiedAt)
        #expect(verifiedAt >= 1_700_000_001_000)
        #expect(!statistics.maintenance.isVerifying)
        #expect(statistics.maintenance.tunedCount == nil)
    }

    @Test func aCollectionThatIsGoneIsNotFound() async throws {
        let place = TestDatabase()
        let collection = try await place.collection(8)
        try await place.database.deleteCollection("c", in: "p")
        await #expect(throws: WhiplashError.self) { try await collection.statistics() }
    }
}

import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct CollectionChangesTests {
    @Test("What is changed stays, what is not named too, and other processes follow")
    func changes() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let other = TestDatabase(store, seed: 2, clock: test.clock).database
        var new = NewCollection(name: "c", featureCount: 3)
        (new.description, new.metadata) = ("Old", RawJSON(checked: #"{"model":"a","kept":1}"#))
        let made = try await test.database.createCollection(new, in: "p")
        #expect(made.configuration.description == "Old")
        _ = try await other.collection("c", in: "p")
        var changes = CollectionChanges()
        changes.metadata = RawJSON(checked: #"{"model":"b","n":[2]}"#)
        changes.bitStart = 4
        let changed = try await test.database.updateCollection("c", changes, in: "p").configuration
        var expected = made.configuration
        expected.metadata = RawJSON(checked: #"{"model":"b","kept":1,"n":[2]}"#)
        expected.bitStart = 4
        #expect(changed == expected)
        #expect(try await other.collection("c", in: "p").configuration == made.configuration)
        test.clock.advance(5_001)
        #expect(try await other.collection("c", in: "p").configuration == expected)
        changes = CollectionChanges()
        (changes.description, changes.metadata) = (.some(nil), RawJSON(checked: "null"))
        let bare = try await other.updateCollection("c", changes, in: "p").configuration
        #expect(bare.description == nil && bare.metadata == nil && bare.bitStart == 4)
    }

    @Test("Buckets cut otherwise give the same answers, and what is in memory stays")
    func layers() async throws {
        let store = CountingStore()
        let test = TestDatabase(store)
        let collection = try await test.collection(8)
        var generator = SeededGenerator(seed: 3)
        let items = generator.items(300, 8)
        try await collection.insert(items)
        let before = try await collection.ids(near: items[0].vector)
        var changes = CollectionChanges()
        (changes.planeCount, changes.bitStart, changes.bitScaleFactor) = (3, 2, 1.5)
        let changed = try await test.database.updateCollection("c", changes, in: "p")
        _ = store.taken()
        #expect(try await changed.ids(near: items[0].vector) == before)
        #expect(store.taken().queries == collection.configuration.logCount, "the log, and no shard")
        #expect(try await changed.statistics().buckets?.bitCount == 2)
        let unread = TestDatabase(store, seed: 4) { ($0.cacheBytes, $0.maxItemsPerBucket) = (0, 50) }.database
        let found = try await unread.collection("c", in: "p").ids(near: items[0].vector, limit: 1)
        #expect(found == [items[0].id])
    }

    @Test func rulesHold() async throws {
        let database = TestDatabase().database
        _ = try await database.createCollection(NewCollection(name: "c", featureCount: 3), in: "p")
        func refused(_ field: String, _ change: (inout CollectionChanges) -> Void) async {
            var changes = CollectionChanges()
            change(&changes)
            await expectViolation(of: field) { [changes] in
                try await database.updateCollection("c", changes, in: "p")
            }
        }
        await refused("n_planes") { $0.planeCount = 0 }
        await refused("bit_start") { $0.bitStart = 31 }
        await refused("bit_scale_factor") { $0.bitScaleFactor = .nan }
        await refused("description") { $0.description = String(repeating: "x", count: 2_001) }
        await refused("metadata") {
            $0.metadata = RawJSON(checked: "{\"a\":\"\(String(repeating: "x", count: 16_384))\"}")
        }
        await expect(.notFound) { try await database.updateCollection("d", CollectionChanges(), in: "p") }
    }

    @Test("Of changes by many at once none is lost")
    func many() async throws {
        let store = MemoryStore()
        _ = try await TestDatabase(store).collection(3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    var changes = CollectionChanges()
                    changes.metadata = RawJSON(checked: "{\"\(number)\":true}")
                    let database = TestDatabase(store, seed: UInt64(number)).database
                    _ = try await database.updateCollection("c", changes, in: "p")
                }
            }
            try await group.waitForAll()
        }
        let metadata = try await TestDatabase(store).database.collection("c", in: "p").configuration.metadata
        for number in 0..<8 { #expect(metadata?.text.contains("\"\(number)\":true") == true) }
    }
}

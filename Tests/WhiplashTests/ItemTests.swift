import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct ItemTests {
    @Test("What was put is given back as it was")
    func roundTrip() async throws {
        let collection = try await TestDatabase().collection(3)
        let item = Item(
            id: "a/b c%20é", vector: [1, -2.5, 1e-30], metadata: RawJSON(checked: #"{"n":9007199254740993}"#),
            text: "täxt")
        try await collection.insert([item])
        #expect(try await collection.items(ids: [item.id, "missing", item.id]) == [item, nil, item])
    }

    @Test("An id is its bytes: two spellings are two items")
    func idsAreBytes() async throws {
        let collection = try await TestDatabase().collection(1)
        try await collection.insert([Item(id: "é", vector: [1]), Item(id: "e\u{301}", vector: [2])])
        #expect(try await collection.items(ids: ["é", "e\u{301}"]).map { $0?.vector } == [[1], [2]])
    }

    @Test("Bad items are refused, with their place, and none of the batch is stored")
    func badBatchStoresNothing() async throws {
        let store = MemoryStore()
        let collection = try await TestDatabase(store).collection(2)
        let good = Item(id: "good", vector: [1, 2])
        let bad: [(Item, String)] = [
            (Item(id: "", vector: [1, 2]), "vectors[1].id"),
            (Item(id: "..", vector: [1, 2]), "vectors[1].id"),
            (Item(id: "a\u{0}", vector: [1, 2]), "vectors[1].id"),
            (Item(id: String(repeating: "x", count: 513), vector: [1, 2]), "vectors[1].id"),
            (Item(id: "a", vector: [1]), "vectors[1].vector"),
            (Item(id: "a", vector: [.nan, 1]), "vectors[1].vector"),
            (Item(id: "a", vector: [0, 0]), "vectors[1].vector"),
            (Item(id: "good", vector: [3, 4]), "vectors[1].id"),
        ]
        for (item, field) in bad {
            await expectViolation(of: field) { try await collection.insert([good, item]) }
        }
        let large = Item(id: "a", vector: [1, 2], text: String(repeating: "x", count: 400 * 1024))
        await #expect(throws: WhiplashError.self) { try await collection.insert([good, large]) }
        #expect(try await collection.list(limit: 10, cursor: nil).items == [])
        #expect(try await collection.ids(near: [1, 2]) == [])
    }

    @Test("The longest id can be stored, found and listed")
    func longestID() async throws {
        let collection = try await TestDatabase().collection(2)
        let id = String(repeating: "é", count: 256)
        try await collection.insert([Item(id: id, vector: [1, 2])])
        #expect(try await collection.ids(near: [1, 2]) == [id])
        #expect(try await collection.list(limit: 1, cursor: nil).items.map(\.id) == [id])
    }

    @Test("Pages give every item once, whatever their size", arguments: [1, 7, 100, 1000])
    func pages(limit: Int) async throws {
        let collection = try await TestDatabase().collection(4)
        var generator = SeededGenerator(seed: 5)
        try await collection.insert(generator.items(100, 4))
        var (ids, cursor): ([String], String?) = ([], nil)
        repeat {
            let page = try await collection.list(limit: limit, cursor: cursor)
            #expect(page.items.count <= limit)
            ids += page.items.map(\.id)
            cursor = page.cursor
        } while cursor != nil
        #expect(ids.count == 100 && Set(ids).count == 100)
    }

    @Test func foreignCursorsAreRefused() async throws {
        let first = try await TestDatabase(seed: 1).collection(1)
        let second = try await TestDatabase(seed: 2).collection(1)
        try await first.insert([Item(id: "a", vector: [1]), Item(id: "b", vector: [1])])
        let cursor = try #require(try await first.list(limit: 1, cursor: nil).cursor)
        for cursor in [cursor, "", "x", cursor + "0", "..", first.configuration.incarnation + ".zz"] {
            await expectViolation(of: "cursor") { try await second.list(limit: 1, cursor: cursor) }
        }
    }

    @Test("Deleting is told and may be repeated; what is deleted is not found")
    func delete() async throws {
        let store = MemoryStore()
        let collection = try await TestDatabase(store).collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 2]), Item(id: "b", vector: [2, 1])])
        #expect(try await collection.delete(ids: ["a", "missing", "a"]) == 1)
        #expect(try await collection.delete(ids: ["a"]) == 0)
        #expect(try await collection.ids(near: [1, 2]) == ["b"])
        #expect(try await bucketRows(store, collection).count == 1)
    }

    @Test("A change in part leaves the rest, and merges metadata")
    func update() async throws {
        let collection = try await TestDatabase().collection(2)
        try await collection.insert([
            Item(id: "a", vector: [1, 2], metadata: RawJSON(checked: #"{"x":1,"y":2}"#), text: "t")
        ])
        let patch = ItemPatch(metadata: RawJSON(checked: #"{"y":null,"z":3}"#))
        let merged = Item(id: "a", vector: [1, 2], metadata: RawJSON(checked: #"{"x":1,"z":3}"#), text: "t")
        #expect(try await collection.update("a", patch) == merged)
        let bare = try await collection.update("a", ItemPatch(metadata: RawJSON(checked: "null")))
        #expect(bare.metadata == nil)
        _ = try await collection.update("a", ItemPatch(metadata: merged.metadata))
        let moved = try await collection.update("a", ItemPatch(vector: [-2, 1], text: .some(nil)))
        #expect(moved == Item(id: "a", vector: [-2, 1], metadata: merged.metadata, text: nil))
        #expect(try await collection.items(ids: ["a"]) == [moved])
        await #expect(throws: WhiplashError.self) { try await collection.update("missing", patch) }
    }

    @Test("A vector that moves leaves one bucket row, and a vector that stays as well")
    func updateKeepsOneBucketRow() async throws {
        let store = MemoryStore()
        let collection = try await TestDatabase(store).collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 2])])
        _ = try await collection.update("a", ItemPatch(text: "t"))
        _ = try await collection.update("a", ItemPatch(vector: [-2, 1]))
        #expect(try await bucketRows(store, collection).count == 1)
        #expect(try await collection.ids(near: [-2, 1]) == ["a"])
        #expect(try await collection.delete(ids: ["a"]) == 1)
        #expect(try await bucketRows(store, collection).count == 0)
    }

    @Test("Of many changes at once none is lost")
    func concurrentUpdates() async throws {
        let collection = try await TestDatabase().collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 2])])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in 0..<6 {
                group.addTask {
                    _ = try await collection.update(
                        "a", ItemPatch(metadata: RawJSON(checked: #"{"k\#(key)":1}"#)))
                }
            }
            try await group.waitForAll()
        }
        let metadata = try #require(try await collection.items(ids: ["a"])[0]?.metadata?.text)
        for key in 0..<6 { #expect(metadata.contains("k\(key)")) }
    }
}

func bucketRows(_ store: any Store, _ collection: VectorCollection) async throws -> [Row] {
    try await store.scan(TableScan(collection.bucketsTable, consistency: .strong)).rows.filter {
        $0.bytes("k") != nil
    }
}

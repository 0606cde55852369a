import Storage
import Synchronization
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct GroupListTests {
    @Test("Groups are listed in pages, each once", arguments: [1, 2, 3, 50])
    func pages(limit: Int) async throws {
        let collection = try await TestDatabase(MemoryStore(pageRows: 2)).grouped(1)
        let names = (0..<17).map { "group \($0)" } + ["é", "e\u{301}", "a/b", "." + "x"]
        try await collection.insert(names.map { Item(id: "a", vector: [1], group: $0) })
        try await collection.insert(names.map { Item(id: "b", vector: [1], group: $0) })
        let found = try await listed(collection, limit: limit)
        #expect(
            found.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
                == names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
        for cursor in ["", "x", collection.configuration.incarnation + ".zz"] {
            await expectViolation(of: "cursor") { try await collection.groups(limit: 1, cursor: cursor) }
        }
    }

    @Test("Deleting a group deletes all of it, and nothing else")
    func deletion() async throws {
        let store = MemoryStore(pageRows: 7)
        let test = TestDatabase(store)
        let collection = try await test.grouped(3)
        var generator = SeededGenerator(seed: 1)
        for group in ["g", "g2", "h"] { try await collection.insert(generator.items(30, 3, in: group)) }
        let before = try await rowCount(store, collection)
        #expect(try await collection.deleteGroup("g") == 30)
        #expect(try await listed(collection).sorted() == ["g2", "h"])
        #expect(try await collection.list(limit: 100, cursor: nil, in: "g").items.isEmpty)
        #expect(try await collection.ids(near: [1, 2, 3], in: "g") == [])
        #expect(try await collection.ids(near: [1, 2, 3], in: "g2", limit: 100).count == 30)
        #expect(try await rowCount(store, collection) == before - 60, "all but the mark")
        #expect(try await collection.deleteGroup("g") == 0)
        #expect(try await collection.deleteGroup("nobody") == 0)
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await listed(collection).sorted() == ["g2", "h"])
        #expect(try await rowCount(store, collection) == before - 61, "and then the mark")
        try await collection.insert([Item(id: "a", vector: [1, 2, 3], group: "g")])
        #expect(try await listed(collection).sorted() == ["g", "g2", "h"])
        #expect(try await collection.ids(near: [1, 2, 3], in: "g") == ["a"])
    }

    @Test("Of a group deleted while a stale row was new nothing is left once the list has been read later")
    func leftovers() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await test.grouped(20)
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<3 {
            try await collection.insert([Item(id: "a", vector: generator.vector(20), group: "g")])
        }
        #expect(try await collection.deleteGroup("g") == 1)
        #expect(try await bucketRows(store, collection).count == 2, "their writers may be under way")
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await listed(collection) == [])
        #expect(try await rowCount(store, collection) == 0)
    }

    @Test("A deletion that dies half-way is finished by the next one", arguments: 1...8)
    func brokenDeletion(call: Int) async throws {
        let store = InterruptedStore(pageRows: 10)
        let test = TestDatabase(store)
        let collection = try await test.grouped(3)
        var generator = SeededGenerator(seed: 3)
        try await collection.insert(generator.items(25, 3, in: "g") + generator.items(5, 3, in: "h"))
        store.beforeCall(call) { throw StoreError.unavailable(store: "test", reason: "died") }
        await expect(.store) { try await collection.deleteGroup("g") }
        // What is there still is found: nothing of the group is half removed.
        let left = try await collection.items(ids: (0..<25).map { "\($0)" }, in: "g").compactMap { $0?.id }
        #expect(Set(try await collection.ids(near: [1, 2, 3], in: "g", limit: 100)) == Set(left))
        #expect(try await listed(collection).contains("g"))
        #expect(try await collection.deleteGroup("g") == left.count)
        #expect(try await listed(collection) == ["h"])
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await listed(collection) == ["h"])
        #expect(try await rowCount(store, collection) == 5 + 5 + 1)
    }

    @Test(
        "An insert at any moment of a deletion is lost to neither search nor list", arguments: [false, true])
    func racingInsert(isOld: Bool) async throws {
        // The three rows of an insert arrive before any three calls of the deletion, in any order.
        let moments = (0..<9 * 9 * 9).map { [$0 % 9 + 1, $0 / 9 % 9 + 1, $0 / 81 + 1] }
        var generator = SeededGenerator(seed: 4)
        let items = generator.items(3, 2, in: "g")
        for moment in moments {
            let store = InterruptedStore()
            let test = TestDatabase(store)
            let collection = try await test.grouped(2)
            try await collection.insert(items)
            test.clock.advance(isOld ? BucketRow.graceMilliseconds + 1 : 1)
            // The item was there before, so that its rows are those that the deletion removes.
            let recorder = RecordingStore()
            let other = TestDatabase(recorder, seed: 1, clock: test.clock)
            try await other.grouped(2).insert([items[0]])
            let writes = recorder.writes
            #expect(writes.count == 3)
            for (write, call) in zip(writes, moment) {
                store.beforeCall(call) { try await store.base.write([write]) }
            }
            _ = try await collection.deleteGroup("g")
            try await store.finish()
            for _ in 0..<2 {
                let stored = try await collection.items(ids: [items[0].id], in: "g")[0]
                #expect(
                    try await collection.ids(near: [1, 2], in: "g") == (stored == nil ? [] : [items[0].id]),
                    "\(moment)")
                if stored != nil { #expect(try await listed(collection) == ["g"], "\(moment)") }
                _ = try await listed(collection)
                test.clock.advance(BucketRow.graceMilliseconds + 1)
            }
        }
    }

    private func listed(_ collection: VectorCollection, limit: Int = 100) async throws -> [String] {
        var (groups, cursor): ([String], String?) = ([], nil)
        repeat {
            let page = try await collection.groups(limit: limit, cursor: cursor)
            #expect(page.groups.count <= limit)
            groups += page.groups
            cursor = page.cursor
        } while cursor != nil
        return groups
    }

    private func rowCount(_ store: any Store, _ collection: VectorCollection) async throws -> Int {
        var count = 0
        for table in [collection.vectorsTable, collection.bucketsTable] {
            var scan = TableScan(table, consistency: .strong)
            repeat {
                let page = try await store.scan(scan)
                count += page.rows.count
                scan.after = page.next
            } while scan.after != nil
        }
        return count
    }
}

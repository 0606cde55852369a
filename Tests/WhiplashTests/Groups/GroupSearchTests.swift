import GroupConformance
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct GroupSearchTests {
    @Test("A search in a group finds just what brute force finds", arguments: GroupConformance.cases)
    func exactness(kind: GroupConformance.Case) async throws {
        // Small pages, so that groups are read in parts.
        try await GroupConformance(MemoryStore(pageRows: 40)).check(kind, seed: 1)
    }

    @Test("So it does with many other vectors", arguments: 2...6 as ClosedRange<UInt64>)
    func moreSeeds(seed: UInt64) async throws {
        for metric in Metric.allCases {
            try await GroupConformance(MemoryStore()).check(.init(24, metric, rounds: 2), seed: seed)
        }
    }

    @Test("Behind many items that are gone the living are found, and what is stale is removed in the end")
    func manyStaleRows() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await test.grouped(32)
        var generator = SeededGenerator(seed: 4)
        let near = generator.vector(32)
        let ghosts = (0..<200).map { number in
            Item(
                id: "ghost\(number)", vector: near.map { $0 + 0.001 * generator.nextGaussian() }, group: "g")
        }
        let living = generator.items(60, 32, in: "g")
        try await collection.insert(ghosts + living)
        // Their truth goes, their hints stay: as a deletion that died half-way leaves them.
        try await store.write(
            ghosts.map { .delete(collection.layout.vectorKey($0.name), in: collection.vectorsTable) })
        let truth = BruteForce(.cosine).best(10, living, near).map(\.item.id)
        #expect(try await collection.ids(near: near, in: "g") == truth)
        #expect(try await bucketRows(store, collection).count == 260, "their writers may be under way")
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        for _ in 0..<20 { #expect(try await collection.ids(near: near, in: "g") == truth) }
        #expect(try await bucketRows(store, collection).count == 60)
    }

    @Test("Without exactness one batch of vectors is read, and mostly holds the best")
    func inexact() async throws {
        let store = CountingStore()
        let collection = try await TestDatabase(store).grouped(100)
        var generator = SeededGenerator(seed: 5)
        let items = generator.items(600, 100, in: "g")
        try await collection.insert(items)
        var found = 0
        for query in generator.items(20, 100) {
            _ = store.taken()
            let ids = try await collection.ids(near: query.vector, in: "g", exact: false)
            let counts = store.taken()
            #expect(counts.calls == 2 && counts.rowsRead == 600 + 20)
            found +=
                Set(ids).intersection(BruteForce(.cosine).best(10, items, query.vector).map(\.item.id))
                .count
        }
        #expect(found >= 190, "of 200")
    }

    @Test("What a search reads depends on its group alone")
    func otherGroupsCostNothing() async throws {
        var generator = SeededGenerator(seed: 6)
        let items = generator.items(300, 64, in: "mine")
        let query = generator.vector(64)
        var reads: [CountingStore.Counts] = []
        for others in [0, 40] {
            let store = CountingStore()
            let collection = try await TestDatabase(store).grouped(64)
            try await collection.insert(items)
            for number in 0..<others {
                // Names that begin alike, and the same ids.
                try await collection.insert(generator.items(50, 64, in: "mine\(number)"))
                try await collection.insert(generator.items(50, 64, in: "min\(number)"))
            }
            _ = store.taken()
            #expect(
                try await collection.ids(near: query, in: "mine")
                    == BruteForce(.cosine).best(10, items, query).map(\.item.id))
            reads.append(store.taken())
        }
        #expect(reads[0] == reads[1])
        #expect(reads[0].rowsRead < 300 + 100 && reads[0].calls <= 3)
    }

    @Test("A group that is not there has no matches, and names are bytes")
    func names() async throws {
        let collection = try await TestDatabase().grouped(2)
        try await collection.insert([
            Item(id: "e\u{301}", vector: [1, 2], group: "é"), Item(id: "é", vector: [2, 1], group: "é"),
            Item(id: "é", vector: [1, 1], group: "e\u{301}"), Item(id: "a.b", vector: [1, 1], group: "g.g"),
        ])
        #expect(try await collection.ids(near: [1, 2], in: "nobody") == [])
        #expect(try await collection.ids(near: [1, 2], in: "é").count == 2)
        #expect(try await collection.ids(near: [1, 2], in: "e\u{301}").count == 1)
        #expect(try await collection.ids(near: [1, 2], in: "g") == [])
        #expect(try await collection.ids(near: [1, 2], in: "g.g") == ["a.b"])
    }

    @Test("Parts hold every row behind the first page, once, however keys lie")
    func parts() async throws {
        var generator = SeededGenerator(seed: 7)
        for pageRows in [1, 2, 7, 100, 1_000] {
            let store = MemoryStore(pageRows: pageRows)
            let table = TableName("table")
            try await store.createTable(table)
            let keys = (0..<500).map { number in
                // Most of them even, some at the ends, many in one place.
                let hash = number % 5 == 0 ? UInt64(number) : generator.next()
                return fixedWidthBase36(hash, width: IndexKey.checksumLength) + "id\(number)"
            }
            try await store.write(
                (keys + ["zzzzzzzzzzzzlast", "000000000000first"]).map {
                    .put(Row(key: RowKey(partition: "p", sort: $0)), in: table)
                })
            let whole = RangeQuery(table, partition: "p", consistency: .strong)
            let first = try await store.query(whole)
            var found = first.rows.map(\.key.sort)
            guard let last = first.next else {
                #expect(found.count == 502)
                continue
            }
            let parts = GroupReader.parts(of: whole, after: last)
            #expect(parts.count <= GroupReader.maxParts)
            for part in parts {
                var next = part
                repeat {
                    let page = try await store.query(next)
                    found += page.rows.map(\.key.sort)
                    next.after = page.next
                } while next.after != nil
            }
            #expect(found.count == 502 && Set(found).count == 502)
        }
    }

    @Test("A group of several pages takes two rounds of requests for its bucket rows")
    func fewRounds() throws {
        let whole = RangeQuery(TableName("table"), partition: "p", consistency: .strong)
        let last = RowKey(partition: "p", sort: fixedWidthBase36(1 << 58, width: 12) + "id")
        // The first page ended after a sixteenth of 2⁶²: fifteen are left, of which none is to be full.
        #expect((15...18).contains(GroupReader.parts(of: whole, after: last).count))
    }

    @Test func wordsAboutGroups() async throws {
        let test = TestDatabase()
        let grouped = try await test.grouped(2)
        await expectViolation(of: "group") { try await grouped.ids(near: [1, 2]) }
        await expectViolation(of: "group") { try await grouped.ids(near: [1, 2], in: "") }
        await expectViolation(of: "group") { try await grouped.items(ids: ["a"]) }
        await expectViolation(of: "group") { try await grouped.delete(ids: ["a"]) }
        await expectViolation(of: "group") { try await grouped.update("a", ItemPatch(text: "t")) }
        await expectViolation(of: "vectors[0].group") {
            try await grouped.insert([Item(id: "a", vector: [1, 2])])
        }
        await expectViolation(of: "vectors[0].group") {
            try await grouped.insert([Item(id: "a", vector: [1, 2], group: "a\u{0}")])
        }
        let plain = try await TestDatabase().collection(2)
        await expectViolation(of: "group") { try await plain.ids(near: [1, 2], in: "g") }
        await expectViolation(of: "group") { try await plain.list(limit: 1, cursor: nil, in: "g") }
        await expectViolation(of: "vectors[0].group") {
            try await plain.insert([Item(id: "a", vector: [1, 2], group: "g")])
        }
        await expectViolation(of: "collectionId") { try await plain.groups(limit: 1, cursor: nil) }
        await expectViolation(of: "collectionId") { try await plain.deleteGroup("g") }
    }
}

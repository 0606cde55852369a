import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Items that have expired are not there, whichever way they are sought. The clock is the tests'.
@Suite struct ExpiryTests {
    private func collection(_ test: TestDatabase, _ grouping: Bool) async throws -> VectorCollection {
        grouping ? try await test.grouped(2) : try await test.collection(2)
    }

    /// A time so many seconds ahead.
    private func ahead(_ test: TestDatabase, _ seconds: Int64) -> Int64 { test.clock.now / 1000 + seconds }

    @Test("From its second on an item is nowhere", arguments: [false, true])
    func goneEverywhere(grouping: Bool) async throws {
        let test = TestDatabase()
        let collection = try await collection(test, grouping)
        let group = grouping ? "g" : nil
        let brief = Item(
            id: "brief", vector: [1, 2], metadata: RawJSON(checked: #"{"n":1}"#), group: group,
            expiresAt: ahead(test, 10))
        let lasting = Item(
            id: "lasting", vector: [2, 1], metadata: RawJSON(checked: #"{"n":1}"#), group: group)
        try await collection.insert([brief, lasting])
        let filter = try MetadataFilter(RawJSON(checked: #"{"n":1}"#))
        func ids() async throws -> [[String]] {
            var request = SearchRequest(query: [1, 2])
            request.group = group
            var filtered = request
            filtered.filter = filter
            var exact = request
            exact.exact = true
            return [
                try await collection.items(ids: ["brief", "lasting"], in: group).compactMap { $0?.id },
                try await collection.list(limit: 10, cursor: nil, in: group).items.map(\.id).sorted(),
                try await collection.list(limit: 10, cursor: nil).items.map(\.id).sorted(),
                try await collection.list(where: filter, limit: 10, cursor: nil, in: group).items.map(\.id)
                    .sorted(),
                try await collection.search(request).map(\.item.id),
                try await collection.search(filtered).map(\.item.id),
                try await collection.search(exact).map(\.item.id),
                try await collection.searchPage(request, cursor: nil).matches.map(\.item.id),
            ]
        }
        #expect(try await ids() == Array(repeating: ["brief", "lasting"], count: 8))
        #expect(try await collection.items(ids: ["brief"], in: group) == [brief])
        test.clock.advance(9_999)
        #expect(try await ids() == Array(repeating: ["brief", "lasting"], count: 8))
        test.clock.advance(1)
        #expect(try await ids() == Array(repeating: ["lasting"], count: 8))
        #expect(try await collection.count(where: filter, cursor: nil, in: group).count == 1)
        await expect(.notFound) { try await collection.update("brief", ItemPatch(text: "t"), in: group) }
        #expect(try await collection.delete(ids: ["brief", "lasting"], in: group) == 1)
    }

    @Test(
        "An expired item counts as none for conditions, also while its row is there",
        arguments: [false, true])
    func conditions(grouping: Bool) async throws {
        let test = TestDatabase()
        let collection = try await collection(test, grouping)
        let group = grouping ? "g" : nil
        let brief = Item(id: "a", vector: [1, 2], group: group, expiresAt: ahead(test, 10))
        let version = try #require(try await collection.insert([brief])[0].version)
        var new = brief
        new.expiresAt = nil
        await expectFailure(of: "a", "vectors[0].if_absent", version) {
            try await collection.write([ItemWrite(new, if: .absent)])
        }
        test.clock.advance(10_000)
        for others in [[], [ItemWrite(Item(id: "b", vector: [1, 1], group: group))]] {
            await expectFailure(of: "a", "vectors[0].version", nil) {
                try await collection.write([ItemWrite(new, if: .version(version))] + others)
            }
        }
        #expect(try await collection.delete("a", version: version, in: group) == false)
        _ = try await collection.write([ItemWrite(new, if: .absent)])
        #expect(try await collection.items(ids: ["a"], in: group) == [new])
        test.clock.advance(BucketRow.graceMilliseconds * 10)
        #expect(try await collection.ids(near: [1, 2], in: group) == ["a"])
    }

    @Test("A change makes the time longer, shorter or none", arguments: [false, true])
    func changes(grouping: Bool) async throws {
        let test = TestDatabase()
        let collection = try await collection(test, grouping)
        let group = grouping ? "g" : nil
        try await collection.insert([
            Item(id: "a", vector: [1, 2], group: group, expiresAt: ahead(test, 10)),
            Item(id: "b", vector: [1, 2], group: group, expiresAt: ahead(test, 10)),
            Item(id: "c", vector: [1, 2], group: group),
        ])
        #expect(try await collection.ids(near: [1, 2], in: group) == ["a", "b", "c"])
        let end = ahead(test, 20)
        #expect(
            try await collection.update("a", ItemPatch(expiresAt: .some(end)), in: group).expiresAt == end)
        _ = try await collection.update("b", ItemPatch(expiresAt: .some(nil)), in: group)
        _ = try await collection.update("c", ItemPatch(expiresAt: .some(ahead(test, 5))), in: group)
        #expect(try await collection.update("a", ItemPatch(text: "t"), in: group).expiresAt == end)
        for (seconds, left) in [(5, ["a", "b"]), (5, ["a", "b"]), (10, ["b"]), (1_000_000, ["b"])]
            as [(Int64, [String])]
        {
            test.clock.advance(seconds * 1000)
            #expect(try await collection.ids(near: [1, 2], in: group) == left)
            #expect(try await collection.list(limit: 10, cursor: nil, in: group).items.map(\.id) == left)
        }
    }

    @Test("Many expired items make room for as many as are sought", arguments: [false, true], [0, 1, 2])
    func room(grouping: Bool, memory: Int) async throws {
        let store = MemoryStore()
        // Rows in memory from before, read anew, and read by each search as they do not fit.
        let test = TestDatabase(store) { if memory == 2 { $0.cacheBytes = 1 } }
        let collection = try await collection(test, grouping)
        let group = grouping ? "g" : nil
        var generator = SeededGenerator(seed: 3)
        let end = ahead(test, 10)
        let brief = (0..<700).map { number in
            Item(
                id: "brief\(number)", vector: [1, 0.001 * generator.nextGaussian()], group: group,
                expiresAt: end)
        }
        let lasting = (0..<30).map { Item(id: "lasting\($0)", vector: [-1, Float($0)], group: group) }
        try await collection.insert(brief + lasting)
        if memory == 0 {
            #expect(try await collection.ids(near: [1, 0], in: group).allSatisfy { $0.hasPrefix("brief") })
        }
        test.clock.advance(10_000)
        for _ in 0..<2 {
            let found = try await collection.ids(near: [1, 0], in: group)
            #expect(found == (20..<30).reversed().map { "lasting\($0)" })
        }
    }

    @Test("Rows in memory go at their time, and those of another process's items too")
    func memory() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let other = TestDatabase(store, seed: 9, clock: test.clock)
        let collection = try await test.collection(2)
        let end = ahead(test, 10)
        try await collection.insert((0..<50).map { Item(id: "a\($0)", vector: [1, 2], expiresAt: end) })
        _ = try await collection.ids(near: [1, 2])
        try await other.database.collection("c", in: "p").insert(
            (0..<50).map { Item(id: "b\($0)", vector: [1, 2], expiresAt: end + 1) }
                + [Item(id: "c", vector: [2, 1])])
        func rowCount() async throws -> Int? {
            _ = try await collection.ids(near: [1, 2])
            return collection.index.warm.state { $0.forest.count }
        }
        #expect(try await rowCount() == 101)
        test.clock.advance(10_000)
        #expect(try await rowCount() == 51)
        test.clock.advance(1_000)
        #expect(try await rowCount() == 1)
    }

    @Test("Of writers who give one vector different times the last one's row is there and stays")
    func rowsOfTheirOwn() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await test.collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 2])])
        // Refused, and yet its hint has a time: the stored vector's row must not have it.
        await #expect(throws: WhiplashError.self) {
            try await collection.write([
                ItemWrite(Item(id: "a", vector: [1, 2], expiresAt: ahead(test, 1)), if: .absent)
            ])
        }
        let rows = try await store.scan(TableScan(collection.bucketsTable, consistency: .strong)).rows
        #expect(rows.compactMap { $0.bytes("k") }.count == 2)
        #expect(rows.filter { $0.bytes("k") != nil }.compactMap(\.expiresAt) == [ahead(test, 1)])
        // As a back end removes them.
        test.clock.advance(2_000)
        try await store.write(
            rows.filter { $0.isExpired(at: test.clock.now / 1000) }
                .map { .delete($0.key, in: collection.bucketsTable) })
        #expect(try await collection.ids(near: [1, 2]) == ["a"])
        #expect(
            try await TestDatabase(store, clock: test.clock).database.collection("c", in: "p").ids(near: [
                1, 2,
            ]) == ["a"])
    }

    @Test("Groups whose items have all expired are empty, and a marked one is listed no more")
    func groups() async throws {
        let test = TestDatabase()
        let collection = try await test.grouped(2)
        try await collection.insert([
            Item(id: "a", vector: [1, 2], group: "g", expiresAt: ahead(test, 10)),
            Item(id: "b", vector: [1, 2], group: "g"),
            Item(id: "c", vector: [1, 2], group: "h", expiresAt: ahead(test, 10)),
        ])
        test.clock.advance(10_000)
        #expect(try await collection.deleteGroup("g") == 1)
        #expect(try await collection.deleteGroup("h") == 0)
        #expect(try await collection.groups(limit: 10, cursor: nil).groups == [])
    }

    @Test("A time that is no time of seconds is refused, and one that is over is taken")
    func ranges() async throws {
        let test = TestDatabase()
        let collection = try await test.collection(2)
        for time in [-1, test.clock.now, .max] as [Int64] {
            await expectViolation(of: "vectors[0].expires_at") {
                try await collection.insert([Item(id: "a", vector: [1, 2], expiresAt: time)])
            }
        }
        try await collection.insert([Item(id: "a", vector: [1, 2], expiresAt: ahead(test, -1))])
        #expect(try await collection.items(ids: ["a"]) == [nil])
    }

    @Test("An item with a time takes four write units at 384 dimensions, as one without")
    func writeUnits() async throws {
        let recorder = RecordingStore()
        let collection = try await TestDatabase(recorder).collection(384)
        var generator = SeededGenerator(seed: 1)
        try await collection.insert([
            Item(id: "0123456789abcdef", vector: generator.vector(384), expiresAt: 4_000_000_000)
        ])
        #expect(recorder.writes.map(\.writeUnits) == [2, 1, 1])
        #expect(
            recorder.writes.count {
                if case .put(let row, _) = $0 { row.expiresAt == 4_000_000_000 } else { false }
            } == 2)
    }

    @Test(
        "Times by RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1985-04-12T23:20:50.52Z", 482_196_050),
            ("1996-12-19T16:39:57-08:00", 851_042_397), ("1990-12-31T23:59:60Z", 662_687_999),
            ("2000-02-29T12:00:00+05:30", 951_805_800), ("9999-12-31T23:59:59z", 253_402_300_799),
            ("2026-11-21 16:25:00Z", 1_795_278_300),
        ])
    func dates(text: String, seconds: Int64) { #expect(Item.time(text) == seconds) }

    @Test(
        "What is no such time",
        arguments: [
            "", "2026-11-21", "2026-11-21T16:25:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-11-21T24:00:00Z", "2026-11-21T16:25:00.Z", "2026-11-21T16:25:00Z ", "26-11-21T16:25:00Z",
            "2026-11-21T16:25:00+0100", "1795278300",
        ])
    func noDates(text: String) { #expect(Item.time(text) == nil) }
}

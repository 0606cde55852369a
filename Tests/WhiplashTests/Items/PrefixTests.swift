import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Listings of the ids that begin so: every one once, on pages of any size.
@Suite struct PrefixTests {
    private static let ids =
        [
            "a", "aa", "ab", "a/b", "aé", "ae\u{301}", "a\u{10FFFF}", "a\u{10FFFF}b", "a\u{D7FF}", "b", "B",
            "é", "\u{10FFFF}",
        ]
        + (0..<40).map { "user-\($0)" }

    private func listed(
        _ collection: VectorCollection, _ prefix: String, _ limit: Int, in group: String?
    ) async throws -> [String] {
        var (ids, cursor): ([String], String?) = ([], nil)
        repeat {
            let page = try await collection.list(limit: limit, cursor: cursor, in: group, prefix: prefix)
            #expect(page.items.count <= limit)
            ids += page.items.map(\.id)
            cursor = page.cursor
        } while cursor != nil
        return ids
    }

    @Test("Each id of the prefix once", arguments: [1, 3, 1000], [1, 7, 1000])
    func eachOnce(limit: Int, pageRows: Int) async throws {
        for group in [nil, "g"] as [String?] {
            let test = TestDatabase(MemoryStore(pageRows: pageRows))
            let collection = group == nil ? try await test.collection(2) : try await test.grouped(2)
            try await collection.insert(Self.ids.map { Item(id: $0, vector: [1, 2], group: group) })
            if group != nil {
                try await collection.insert([Item(id: "user-x", vector: [1, 2], group: "other")])
            }
            for prefix in [
                "a", "aé", "a\u{10FFFF}", "a\u{D7FF}", "user-", "user-1", "user-1x", "\u{10FFFF}", "é", "",
            ] {
                let expected = Self.ids.filter { $0.utf8.starts(with: prefix.utf8) }
                #expect(try await Set(listed(collection, prefix, limit, in: group)) == Set(expected))
                #expect(try await listed(collection, prefix, limit, in: group).count == expected.count)
            }
            let all = try await listed(collection, "user-1", limit, in: nil)
            #expect(Set(all) == Set(Self.ids.filter { $0.hasPrefix("user-1") }))
        }
    }

    @Test("In a group and on an ordered store only the rows of the prefix are read")
    func work() async throws {
        let store = CountingStore()
        let grouped = try await TestDatabase(store).grouped(2)
        try await grouped.insert((0..<500).map { Item(id: "x\($0)", vector: [1, 2], group: "g") })
        _ = store.taken()
        #expect(try await listed(grouped, "x49", 1000, in: "g").count == 11)
        #expect(store.taken() == CountingStore.Counts(calls: 1, writes: 0, queries: 1, rowsRead: 11))
    }

    @Test("Expired items are on no page, and a page cut short goes on behind its last item")
    func expired() async throws {
        let test = TestDatabase(MemoryStore(pageRows: 5))
        let collection = try await test.collection(2)
        let end = test.clock.now / 1000 + 1
        try await collection.insert(
            (10..<60).map { Item(id: "a\($0)", vector: [1, 2], expiresAt: $0 % 3 == 0 ? end : nil) })
        test.clock.advance(1_000)
        #expect(
            try await listed(collection, "a", 7, in: nil) == (10..<60).filter { $0 % 3 > 0 }.map { "a\($0)" })
    }

    @Test("A group's cursor is refused under another prefix")
    func cursors() async throws {
        let collection = try await TestDatabase().grouped(2)
        try await collection.insert((0..<9).map { Item(id: "a\($0)", vector: [1, 2], group: "g") })
        let cursor = try await collection.list(limit: 2, cursor: nil, in: "g", prefix: "a").cursor
        await expectViolation(of: "cursor") {
            try await collection.list(limit: 2, cursor: cursor, in: "g", prefix: "b")
        }
        await expectViolation(of: "prefix") {
            try await collection.list(limit: 2, cursor: nil, prefix: String(repeating: "x", count: 513))
        }
    }
}

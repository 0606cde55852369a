import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct SelectionTests {
    private static let even = MetadataFilter.holds("even", .equal(.boolean(true)))

    /// Items `0` … of which every second is even; in groups `a` and `b` by turns of ten where there are groups.
    private func filled(
        _ count: Int, grouping: Bool = false, _ store: any Store = MemoryStore()
    ) async throws -> VectorCollection {
        var new = NewCollection(name: "c", featureCount: 2)
        new.grouping = grouping
        let collection = try await TestDatabase(store).database.createCollection(new, in: "p")
        for start in stride(from: 0, to: count, by: 5000) {
            try await collection.insert(
                try (start..<min(count, start + 5000)).map { number in
                    var item = Item(id: String(number), vector: [1, Float(number)])
                    item.metadata = try RawJSON(parsing: "{\"even\": \(number.isMultiple(of: 2))}")
                    if grouping { item.group = (number / 10).isMultiple(of: 2) ? "a" : "b" }
                    return item
                })
        }
        return collection
    }

    private func numbers(_ range: Range<Int>) -> Set<String> {
        Set(range.filter { $0.isMultiple(of: 2) }.map(String.init))
    }

    @Test("Pages of every size together have each passing item once", arguments: [1, 3, 7, 50, 1000])
    func pages(limit: Int) async throws {
        let collection = try await filled(99)
        var (ids, cursor): ([String], String?) = ([], nil)
        repeat {
            let page = try await collection.list(where: Self.even, limit: limit, cursor: cursor)
            #expect(page.items.count <= limit)
            ids += page.items.map(\.id)
            cursor = page.cursor
        } while cursor != nil
        #expect(ids.count == 50)
        #expect(Set(ids) == numbers(0..<99))
    }

    @Test func countsAndDeletesInAGroupAlone() async throws {
        let collection = try await filled(100, grouping: true)
        #expect(try await collection.count(where: Self.even, cursor: nil).count == 50)
        #expect(try await collection.count(where: Self.even, cursor: nil, in: "a").count == 25)
        let deleted = try await collection.delete(where: Self.even, cursor: nil, in: "b")
        #expect(deleted.count == 25 && deleted.cursor == nil)
        #expect(try await collection.count(where: Self.even, cursor: nil, in: "a").count == 25)
        #expect(try await collection.count(where: .and([]), cursor: nil, in: "b").count == 25)
        #expect(try await collection.delete(where: Self.even, cursor: nil).count == 25)
        #expect(try await collection.delete(where: Self.even, cursor: nil).count == 0)
    }

    @Test("One call does a bounded amount of work, and the next goes on where it ended")
    func workIsBounded() async throws {
        let collection = try await filled(VectorCollection.maxRowsLookedAt + 500)
        let first = try await collection.count(where: Self.even, cursor: nil)
        let cursor = try #require(first.cursor)
        let second = try await collection.count(where: Self.even, cursor: cursor)
        #expect(second.cursor == nil)
        #expect(first.count + second.count == (VectorCollection.maxRowsLookedAt + 500) / 2)
        let none = try await collection.list(where: .or([]), limit: 10, cursor: nil)
        #expect(none.items.isEmpty && none.cursor != nil)
    }

    @Test("A cursor is of one filter, group and prefix, and of listing, counting or deleting")
    func cursorsAreBound() async throws {
        let collection = try await filled(100, grouping: true)
        let selected = try await collection.list(where: Self.even, limit: 2, cursor: nil, in: "a").cursor
        let listed = try await collection.list(limit: 2, cursor: nil, in: "a", prefix: "2").cursor
        #expect(
            try await collection.list(where: Self.even, limit: 5, cursor: selected, in: "a").items.count == 5)
        #expect(try await collection.list(limit: 5, cursor: listed, in: "a", prefix: "2").items.count == 5)
        let odd = MetadataFilter.not(Self.even)
        let calls: [() async throws -> Void] = [
            { _ = try await collection.list(where: odd, limit: 2, cursor: selected, in: "a") },
            { _ = try await collection.list(where: Self.even, limit: 2, cursor: selected) },
            { _ = try await collection.list(where: Self.even, limit: 2, cursor: listed, in: "a") },
            { _ = try await collection.count(where: Self.even, cursor: selected, in: "a") },
            { _ = try await collection.delete(where: Self.even, cursor: selected, in: "a") },
            { _ = try await collection.list(limit: 2, cursor: listed, in: "a") },
            { _ = try await collection.list(limit: 2, cursor: listed, in: "a", prefix: "4") },
            { _ = try await collection.groups(limit: 2, cursor: listed) },
        ]
        for call in calls { await expectViolation(of: "cursor", call) }
    }

    @Test(
        "Nothing is deleted by what has no condition, however it is written",
        arguments: [
            MetadataFilter.and([]), .and([.and([])]), .or([.and([]), even]), .not(.or([])),
            .not(.not(.and([]))),
        ])
    func deletesNothingWithoutACondition(filter: MetadataFilter) async throws {
        let collection = try await filled(3)
        await expectViolation(of: "filter") { try await collection.delete(where: filter, cursor: nil) }
        #expect(try await collection.delete(where: .not(filter), cursor: nil).count == 0)
        #expect(try await collection.count(where: .and([]), cursor: nil).count == 3)
    }

    @Test func refusesACursorOfElsewhere() async throws {
        let collection = try await filled(3)
        await #expect(throws: WhiplashError.self) {
            try await collection.list(where: Self.even, limit: 1, cursor: "nonsense")
        }
    }
}

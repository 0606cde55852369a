import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct VerificationTests {
    private func filled(
        _ store: any Store = MemoryStore(pageRows: 40), count: Int = 200
    ) async throws -> (TestDatabase, VectorCollection, [Item]) {
        let test = TestDatabase(store) { $0.shardCount = 2 }
        let collection = try await test.collection(8)
        var generator = SeededGenerator(seed: 1)
        let items = generator.items(count, 8)
        try await collection.insert(items)
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        return (test, collection, items)
    }

    @Test("A healthy collection is left as it is")
    func healthy() async throws {
        let (_, collection, _) = try await filled()
        let report = try await collection.verify(within: 10_000)
        #expect(report == VerificationReport(checked: 400))
    }

    @Test("A vector without its bucket row is found and mended, and warm searches hear of it")
    func bareVector() async throws {
        let (test, collection, items) = try await filled()
        let vector = try #require(try await collection.storedRow(items[3].id, in: nil))
        try await collection.store.write(collection.removalOfBucketRows(vector))
        let warm = try await TestDatabase(collection.store, clock: test.clock).database.collection(
            "c", in: "p")
        #expect(try await warm.ids(near: items[3].vector, limit: 1) != ["3"])
        let report = try await collection.verify(within: 10_000)
        #expect(
            report.vectorsWithoutBucketRow == 1 && report.mended == 1 && report.bucketRowsWithoutVector == 0)
        #expect(try await warm.ids(near: items[3].vector, limit: 1) == ["3"])
        #expect(try await collection.verify(within: 10_000).mended == 0)
        // What was mended belongs to its vector: it goes with it.
        #expect(try await collection.delete(ids: ["3"]) == 1)
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await collection.verify(within: 10_000) == VerificationReport(checked: 398))
    }

    @Test("A bucket row without its vector is removed when no write can need it any more")
    func strayRow() async throws {
        let (test, collection, items) = try await filled()
        try await collection.insert([Item(id: "young", vector: items[0].vector)])
        let keys = ["5", "young"].map { collection.layout.vectorKey(ItemName($0, in: nil)) }
        try await collection.store.write(keys.map { .delete($0, in: collection.vectorsTable) })
        // An insert in the place of an item leaves the old one's row.
        try await collection.insert([Item(id: "6", vector: items[0].vector)])
        var report = try await collection.verify(within: 10_000)
        #expect(report.bucketRowsWithoutVector == 2 && report.mended == 2, "5 and the old 6")
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        report = try await collection.verify(within: 10_000)
        #expect(report.bucketRowsWithoutVector == 1 && report.vectorsWithoutBucketRow == 0)
        #expect(try await collection.verify(within: 10_000).mended == 0)
    }

    @Test(
        "Slices add up to the whole, and a cursor of another collection is refused", arguments: [1, 50, 130])
    func slices(rows: Int) async throws {
        let (_, collection, _) = try await filled()
        for id in ["9", "190"] {
            let vector = try #require(try await collection.storedRow(id, in: nil))
            try await collection.store.write(collection.removalOfBucketRows(vector))
        }
        var (cursor, checked, mended) = (String?.none, 0, 0)
        repeat {
            let report = try await collection.verify(cursor: cursor, rows: rows, within: 10_000)
            cursor = report.cursor
            checked += report.checked
            mended += report.mended
        } while cursor != nil
        // A row mended at the end of a slice is not among the bucket rows that the same slice looked at.
        #expect(mended == 2 && (398...400).contains(checked))
        await expectViolation(of: "cursor") { try await collection.verify(cursor: "x.1.2.3", within: 1) }
        await expectViolation(of: "cursor") { try await collection.verify(cursor: "", within: 1) }
    }

    @Test("While others write, a healthy collection is found healthy", arguments: [1, 2, 3])
    func concurrentWrites(seed: UInt64) async throws {
        let (_, collection, items) = try await filled()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<3 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: seed * 10 + writer)
                    for step in 0..<150 {
                        let id = "\(generator.next() % 200)"
                        switch generator.next() % 4 {
                        case 0: _ = try await collection.delete(ids: [id])
                        case 1:
                            try await collection.insert([
                                Item(id: "\(writer)-\(step)", vector: generator.vector(8))
                            ])
                        case 2 where items.contains { $0.id == id }:
                            var patch = ItemPatch()
                            patch.vector = generator.vector(8)
                            do { _ = try await collection.update(id, patch) } catch WhiplashError.notFound {}
                        default: break
                        }
                        await Task.yield()
                    }
                }
            }
            group.addTask {
                for _ in 0..<10 {
                    let report = try await collection.verify(within: 10_000)
                    #expect(report.vectorsWithoutBucketRow == 0, "seed \(seed)")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await collection.verify(within: 10_000).vectorsWithoutBucketRow == 0, "seed \(seed)")
    }
}

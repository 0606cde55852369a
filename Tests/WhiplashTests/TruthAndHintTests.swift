import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// The vectors table is the truth, bucket rows are hints: what a stale, doubled or missing hint may do, and what not.
@Suite struct TruthAndHintTests {
    @Test("A vector that moved is found where it is, and its old row is removed when no writer can need it")
    func staleRows() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await test.collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 2]), Item(id: "b", vector: [1, 1])])
        try await collection.insert([Item(id: "a", vector: [-1, -2])])
        #expect(try await bucketRows(store, collection).count == 3)
        #expect(try await collection.ids(near: [1, 2]) == ["b", "a"])
        #expect(try await bucketRows(store, collection).count == 3, "its writer may still be under way")

        test.clock.advance(BucketRow.graceMilliseconds + 1)
        #expect(try await collection.ids(near: [1, 2]) == ["b", "a"])
        #expect(try await bucketRows(store, collection).count == 2)
        #expect(try await collection.ids(near: [-1, -2]) == ["a", "b"])
    }

    @Test("Stale rows take no places: behind many of them the living are found")
    func manyStaleRows() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await test.collection(8)
        var generator = SeededGenerator(seed: 4)
        let near = generator.vector(8)
        let ghosts = (0..<200).map {
            Item(id: "ghost\($0)", vector: near.map { $0 + 0.001 * generator.nextGaussian() })
        }
        try await collection.insert(ghosts)
        try await collection.insert((0..<20).map { Item(id: "living\($0)", vector: generator.vector(8)) })
        // Their truth goes, their hints stay: as a deletion that died half-way leaves them.
        try await store.write(
            ghosts.map { .delete(collection.layout.vectorKey($0.name), in: collection.vectorsTable) })
        #expect(try await collection.ids(near: near).count == 10)
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        for _ in 0..<8 { #expect(try await collection.ids(near: near).count == 10) }
        #expect(try await bucketRows(store, collection).count == 20, "searches have removed what was stale")
    }

    @Test("A hint written anew while a search removes it stays")
    func removalIsOfTheRowSeen() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await test.collection(2)
        try await collection.insert([Item(id: "a", vector: [1, 2])])
        let seen = try await bucketRows(store, collection)[0]
        test.clock.advance(1000)
        try await collection.insert([Item(id: "a", vector: [1, 2])])
        let stamp = try #require(seen.integer("w"))
        try await store.write([
            .deleteMatching(seen.key, in: collection.bucketsTable, attribute: "w", equals: .integer(stamp))
        ])
        #expect(try await collection.ids(near: [1, 2]) == ["a"])
    }

    @Test(
        "Two writers race on one id: whichever truth stays is found", arguments: Metric.allCases, [1, 2, 32])
    func racingWriters(metric: Metric, dimension: Int) async throws {
        var generator = SeededGenerator(seed: 6)
        let (first, second) = (generator.vector(dimension), generator.vector(dimension))
        // Every order in which the rows of two writes can arrive: of each its vector, its bucket row and its change; read
        // from the store by a first search, and brought by the change log to one that has them in memory.
        for (order, isWarm) in Self.orders.flatMap({ order in [(order, false), (order, true)] }) {
            let store = MemoryStore()
            let collection = try await TestDatabase(store).collection(dimension, metric)
            try await collection.insert([Item(id: "other", vector: generator.vector(dimension))])
            if isWarm { _ = try await collection.ids(near: first) }
            var rows: [Write] = []
            for vector in [first, second] {
                let recorder = RecordingStore()
                let recorded = try await TestDatabase(recorder).collection(dimension, metric)
                try await recorded.insert([Item(id: "a", vector: vector)])
                rows += recorder.writes.map { write in rekeyed(write, collection) }
            }
            for index in order { try await store.write([rows[index]]) }
            let truth = try #require(try await collection.items(ids: ["a"])[0]?.vector)
            var request = SearchRequest(query: truth)
            request.limit = 2
            let match = try #require(try await collection.search(request).first { $0.item.id == "a" })
            #expect(match.item.vector == truth)
        }
    }

    /// All ways to lay 0, 1, 2 and 3, 4, 5 into each other.
    private static let orders: [[Int]] = (0..<64).filter { $0.nonzeroBitCount == 3 }.map { chosen in
        var (first, second) = (0, 3)
        return (0..<6).map { place in
            if chosen >> place & 1 == 1 { first += 1 } else { second += 1 }
            return chosen >> place & 1 == 1 ? first - 1 : second - 1
        }
    }

    /// The same row in another collection with the same seeds: its incarnation is another.
    private func rekeyed(_ write: Write, _ collection: VectorCollection) -> Write {
        if case .append(let attributes, _, let table) = write {
            return .append(attributes, toLog: collection.configuration.logPartition(0), in: table)
        }
        guard case .put(let row, let table) = write else { return write }
        let isBucketRow = row.attributes["k"] != nil
        let key =
            isBucketRow
            ? RowKey(partition: collection.configuration.bucketPartition(ofItem: "a"), sort: row.key.sort)
            : collection.layout.vectorKey(ItemName("a", in: nil))
        return .put(Row(key: key, attributes: row.attributes), in: table)
    }

    @Test("A search sees the write just made, also where eventual reads lag; and less when it asks for less")
    func readYourWrites() async throws {
        let store = LaggingStore()
        let collection = try await TestDatabase(store) { $0.cacheBytes = 0 }.collection(2)
        try await collection.insert([Item(id: "old", vector: [1, 1])])
        try await store.refresh()
        try await collection.insert([Item(id: "new", vector: [1, 2])])
        _ = try await collection.delete(ids: ["old"])
        #expect(try await collection.ids(near: [1, 2]) == ["new"])
        #expect(try await collection.ids(near: [1, 2], exact: true) == ["new"])
        var request = SearchRequest(query: [1, 2])
        request.eventual = true
        #expect(try await collection.search(request).map(\.item.id) == ["old"])
    }

    @Test(
        "An insert is one call with three rows, and a search two calls, however many items there are"
    )
    func calls() async throws {
        var generator = SeededGenerator(seed: 8)
        for count in [1, 50, 900] {
            let store = CountingStore()
            let collection = try await TestDatabase(store) { $0.shardCount = 1 }.collection(8)
            try await collection.insert(generator.items(count, 8))
            _ = try await collection.ids(near: generator.vector(8))
            _ = store.taken()
            try await collection.insert([Item(id: "one", vector: generator.vector(8))])
            #expect(store.taken() == CountingStore.Counts(calls: 1, writes: 3))
            _ = try await collection.ids(near: generator.vector(8), limit: 1)
            let counts = store.taken()
            #expect(counts.calls == 2 && counts.writes == 0)
            #expect(counts.queries == 1 && counts.rowsRead == 2, "one row of the log, and one vector")
        }
    }

    @Test("An insert at 384 dimensions is at most four write units, from the first to the thousandth item")
    func writeUnits() async throws {
        let recorder = RecordingStore()
        let collection = try await TestDatabase(recorder).collection(384)
        var generator = SeededGenerator(seed: 9)
        _ = recorder.writes
        try await collection.insert([
            Item(id: "0123456789abcdef0123456789abcdef", vector: generator.vector(384))
        ])
        #expect(recorder.writes.map(\.writeUnits) == [2, 1, 1])
    }

    @Test("A search in a cancelled task ends with cancelled")
    func cancelled() async throws {
        let collection = try await TestDatabase().collection(2)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await collection.ids(near: [1, 2])
        }
        await expect(.store) { try await task.value }
    }
}

extension Write {
    /// DynamoDB's write units of a row stored: one for each kilobyte begun.
    var writeUnits: Int {
        switch self {
        case .put(let row, _): return (row.storedSizeBytes + 1023) / 1024
        case .append(var attributes, let log, _):
            attributes["expires"] = .integer(1_800_000_000)
            let key = RowKey(partition: log, sort: LogKey.text(milliseconds: 0, random: 0))
            return Write.put(Row(key: key, attributes: attributes), in: table).writeUnits
        case .delete, .deleteMatching: return 0
        }
    }
}

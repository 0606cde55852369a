import FilterConformance
import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct FilterableSearchTests {
    @Test(
        "A search under a filter finds just what brute force finds",
        arguments: FilterConformance.Way.allCases, 1...2 as ClosedRange<UInt64>)
    func conformance(way: FilterConformance.Way, seed: UInt64) async throws {
        // Small pages, so that rows are read in several.
        try await FilterConformance(MemoryStore(pageRows: 70)).check(way, seed: seed)
    }

    private func declaring(
        _ keys: [String], _ test: TestDatabase, _ dimension: Int = 2, grouping: Bool = false
    ) async throws -> VectorCollection {
        var new = NewCollection(name: "c", featureCount: dimension)
        (new.filterable, new.grouping) = (keys, grouping)
        return try await test.database.createCollection(new, in: "p")
    }

    private func item(_ id: String, _ metadata: String, _ vector: [Float] = [1, 2]) -> Item {
        Item(id: id, vector: vector, metadata: RawJSON(checked: metadata))
    }

    private func ids(_ collection: VectorCollection, _ filter: String) async throws -> [String] {
        var request = SearchRequest(query: [1, 2])
        request.filter = try MetadataFilter(RawJSON(checked: filter))
        return try await collection.search(request).map(\.item.id)
    }

    // MARK: Recall and reads

    /// One item in `share` has it among `of`, and among `also`, which is not declared.
    private static let shares = [2, 20, 200, 2000]
    private static let itemCount = 10_000

    private func marked(_ items: [Item]) -> [Item] {
        items.enumerated().map { number, item in
            // Not as the clusters lie.
            let place = number * 7_919 % Self.itemCount
            let shares = Self.shares.filter { place.isMultiple(of: $0) }.map(String.init)
            let list = shares.joined(separator: ",")
            var item = item
            item.metadata = RawJSON(checked: "{\"of\":[\(list)],\"also\":[\(list)],\"n\":\(number)}")
            return item
        }
    }

    @Test(
        "At 50, 5, 0.5 and 0.05 % of the items all results are there and 0.98 of the true ones, by declared keys and others; and what declared keys decide is hardly read",
        arguments: [true, false])
    func recallAndReads(isWarm: Bool) async throws {
        let store = VectorMeteringStore()
        let test = TestDatabase(store) {
            $0.cacheBytes = isWarm ? $0.cacheBytes : 0
            $0.maxItemsPerBucket = 2_000
        }
        let collection = try await declaring(["of"], test, 48)
        var generator = SeededGenerator(seed: 17)
        let items = marked(generator.items(Self.itemCount, 48))
        for start in stride(from: 0, to: items.count, by: 1_000) {
            try await collection.insert(Array(items[start..<start + 1_000]))
        }
        let queries = generator.items(5, 48).map(\.vector)
        _ = try await collection.ids(near: queries[0])
        for share in Self.shares {
            let value = MetadataFilter.Test.equal(.number(Double(share)))
            let kinds: [(name: String, filter: MetadataFilter)] = [
                ("declared", .holds("of", value)), ("undeclared", .holds("also", value)),
                ("both", .and([.holds("of", value), .holds("n", .compare(.atLeast, .number(0)))])),
            ]
            var read: [String: Int] = [:]
            for (name, filter) in kinds {
                var (found, wanted) = (0, 0)
                for query in queries {
                    var request = SearchRequest(query: query)
                    (request.limit, request.filter) = (10, filter)
                    _ = store.taken()
                    let matches = try await collection.search(request)
                    read[name, default: 0] += store.taken()
                    let truth = bruteForce(items, share, query)
                    #expect(matches.count == truth.count && truth.count == min(10, Self.itemCount / share))
                    found += Set(matches.map(\.item.id)).intersection(truth).count
                    wanted += truth.count
                }
                #expect(Double(found) >= 0.98 * Double(wanted), "one in \(share), \(name)")
            }
            let (declared, undeclared) = (read["declared"] ?? 0, read["undeclared"] ?? 0)
            #expect(declared <= 60 * queries.count, "one in \(share)")
            #expect((read["both"] ?? 0) <= 60 * queries.count, "one in \(share)")
            if share >= 200 { #expect(undeclared >= 10 * declared, "one in \(share): \(read)") }
        }
    }

    private func bruteForce(_ items: [Item], _ share: Int, _ query: [Float]) -> Set<String> {
        let passing = items.enumerated().filter { number, _ in
            (number * 7_919 % Self.itemCount).isMultiple(of: share)
        }
        let scored = passing.map { _, item in
            let score = item.vector.withUnsafeBufferPointer { vector in
                query.withUnsafeBufferPointer { Metric.cosine.score(vector, $0) }
            }
            return (id: item.id, score: score)
        }
        let best = scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
        return Set(best.prefix(10).map(\.id))
    }

    @Test("In a group what declared keys refuse is not read")
    func readsInGroups() async throws {
        let store = VectorMeteringStore()
        let collection = try await declaring(["of"], TestDatabase(store), 48, grouping: true)
        var generator = SeededGenerator(seed: 18)
        let items = marked(generator.items(2_000, 48, in: "g"))
        try await collection.insert(items)
        var read: [String: Int] = [:]
        for key in ["of", "also"] {
            var request = SearchRequest(query: generator.vector(48))
            (request.limit, request.group) = (10, "g")
            request.filter = .holds(key, .equal(.number(200)))
            _ = store.taken()
            #expect(try await collection.search(request).count == 10)
            read[key] = store.taken()
        }
        #expect((read["of"] ?? 0) <= 10 && (read["also"] ?? 0) >= 1_000, "\(read)")
    }

    @Test("Among buckets of a collection too large for memory a narrow filter finds all there is")
    func narrowAmongBuckets() async throws {
        let test = TestDatabase {
            $0.cacheBytes = 0
            $0.maxItemsPerBucket = 100
            // What a search reads of bucket rows does not suffice for all.
            $0.maxReadBytes = 120_000
        }
        let collection = try await declaring(["a"], test, 24)
        var generator = SeededGenerator(seed: 19)
        let items = generator.items(3_000, 24).enumerated().map { number, item in
            var item = item
            item.metadata = RawJSON(checked: "{\"a\":\(number % 500),\"b\":\(number % 500)}")
            return item
        }
        try await collection.insert(items)
        for key in ["a", "b"] {
            for value in 0..<10 {
                var request = SearchRequest(query: generator.vector(24))
                (request.limit, request.filter) = (10, .holds(key, .equal(.number(Double(value)))))
                #expect(try await collection.search(request).count == 6, "\(key), \(value)")
            }
        }
    }

    // MARK: Changes

    @Test("Only a change of a declared value moves the bucket row", arguments: [false, true])
    func moves(grouping: Bool) async throws {
        let store = MemoryStore()
        let collection = try await declaring(["lang"], TestDatabase(store), grouping: grouping)
        var first = item("a", #"{"lang":"en","read":false}"#)
        first.group = grouping ? "g" : nil
        try await collection.insert([first])
        func key() async throws -> RowKey {
            let rows = try await bucketRows(store, collection)
            #expect(rows.count == 1)
            return rows[0].key
        }
        let before = try await key()
        _ = try await collection.update(
            "a", ItemPatch(metadata: RawJSON(checked: #"{"read":true}"#)), in: first.group)
        #expect(try await key() == before)
        _ = try await collection.update(
            "a", ItemPatch(metadata: RawJSON(checked: #"{"lang":"de"}"#)), in: first.group)
        #expect(try await key() != before)
    }

    @Test("What one process changes, the next search of another sees, also where eventual reads lag")
    func severalProcesses() async throws {
        for isTimed in [false, true] {
            let clock = TestClock()
            let store = LaggingStore(isTimed ? clock : nil)
            let writer = try await declaring(["lang"], TestDatabase(store, clock: clock))
            let other = try await TestDatabase(store, seed: 2, clock: clock).database.collection("c", in: "p")
            try await writer.insert([item("a", #"{"lang":"en"}"#), item("b", #"{"lang":"de"}"#)])
            #expect(try await ids(other, #"{"lang":"en"}"#) == ["a"])
            try await store.refresh()
            _ = try await writer.update("b", ItemPatch(metadata: RawJSON(checked: #"{"lang":"en"}"#)))
            #expect(try await ids(other, #"{"lang":"en"}"#) == ["a", "b"])
            #expect(try await ids(other, #"{"lang":"de"}"#).isEmpty)
            try await writer.insert([item("a", #"{"lang":"fr"}"#)])
            #expect(try await ids(other, #"{"lang":"en"}"#) == ["b"])
            #expect(try await ids(other, #"{"lang":{"$ne":"en"}}"#) == ["a"])
            _ = try await writer.delete(ids: ["b"])
            #expect(try await ids(other, #"{"lang":"en"}"#).isEmpty)
        }
    }

    @Test("Two writers race on one id with one vector: whichever metadata stay, filters find them")
    func racingWriters() async throws {
        let langs = ["en", "de"]
        for (order, isWarm) in Self.orders.flatMap({ order in [(order, false), (order, true)] }) {
            let store = MemoryStore()
            let collection = try await declaring(["lang"], TestDatabase(store))
            try await collection.insert([item("other", #"{"lang":"fr"}"#)])
            if isWarm { _ = try await ids(collection, "{}") }
            var rows: [Write] = []
            for lang in langs {
                let recorder = RecordingStore()
                let recorded = try await declaring(["lang"], TestDatabase(recorder))
                try await recorded.insert([item("a", "{\"lang\":\"\(lang)\"}")])
                rows += recorder.writes.suffix(3)
            }
            for index in order { try await store.write([rows[index]]) }
            let stored = try #require(try await collection.items(ids: ["a"])[0]?.metadata?.text)
            for lang in langs {
                let isStored = stored.contains(lang)
                #expect(
                    try await ids(collection, "{\"lang\":\"\(lang)\"}") == (isStored ? ["a"] : []),
                    "\(order), \(isWarm)")
            }
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

    @Test("A value too large for its row is looked up, and rows that do not tell of values are as well")
    func unknownValues() async throws {
        let store = MemoryStore()
        let collection = try await declaring(["url"], TestDatabase(store) { $0.cacheBytes = 0 })
        let long = String(repeating: "x", count: 300)
        try await collection.insert([
            item("long", "{\"url\":\"\(long)\"}"), item("short", #"{"url":"x"}"#), item("none", "{}"),
        ])
        #expect(try await ids(collection, "{\"url\":\"\(long)\"}") == ["long"])
        #expect(try await ids(collection, #"{"url":{"$ne":"x"}}"#) == ["long", "none"])
        for var row in try await bucketRows(store, collection) {
            row.attributes["f"] = nil
            try await store.write([.put(row, in: collection.bucketsTable)])
        }
        #expect(try await ids(collection, #"{"url":"x"}"#) == ["short"])
        #expect(try await ids(collection, #"{"url":{"$exists":false}}"#) == ["none"])
    }

    @Test("Values stay with their rows through a tuning, and a verification finds nothing amiss")
    func tuning() async throws {
        let store = VectorMeteringStore()
        let test = TestDatabase(store)
        let collection = try await declaring(["n"], test, 4)
        var generator = SeededGenerator(seed: 3)
        try await collection.insert(
            generator.items(300, 4).enumerated().map { number, item in
                var item = item
                item.metadata = RawJSON(checked: "{\"n\":\(number % 100)}")
                return item
            })
        let report = try await collection.tune(within: 600_000)
        #expect(report.isDone && report.generation == 1)
        let tuned = try await test.database.collection("c", in: "p")
        _ = try await tuned.ids(near: [1, 2, 3, 4])
        _ = store.taken()
        var request = SearchRequest(query: [1, 2, 3, 4])
        (request.limit, request.filter) = (10, .holds("n", .equal(.number(7))))
        #expect(try await tuned.search(request).count == 3)
        #expect(store.taken() == 3)
        test.clock.advance(BucketRow.graceMilliseconds + 1)
        let verified = try await tuned.verify(within: 10_000)
        #expect(verified.vectorsWithoutBucketRow == 0 && verified.bucketRowsWithoutVector == 0)
    }

    @Test("A change log tells of values and times as they were stored")
    func changeLog() throws {
        let format = SketchFormat(dimension: 2, metric: .cosine)
        let values = FilterableKeys(["a"]).values(of: RawJSON(checked: #"{"a":"en"}"#))
        var changes: [IndexChange] = [.touched(id: "t")]
        for (time, values) in [(nil, nil), (5, nil), (nil, values), (Int64(5), values)]
            as [(Int64?, FilterableValues?)]
        {
            changes.append(
                .stored(
                    BucketRow(
                        item: ItemName("é", in: nil), indexKey: IndexKey(number: 99),
                        stamp: WriteStamp(number: 7),
                        sketch: [UInt8](repeating: 3, count: format.byteCount), expiresAt: time,
                        values: values)))
        }
        changes.append(.removed(IndexKey(number: 99), id: "é", WriteStamp(number: 7)))
        let rows = ChangeLogRow.rows(of: changes).map {
            Row(key: RowKey(partition: "p", sort: "s"), attributes: $0)
        }
        #expect(
            try rows.flatMap { try ChangeLogRow.changes(in: $0, sketchBytes: format.byteCount) } == changes)
    }

    @Test("A clone has the keys of its source, or others, and rows that tell of them")
    func clones() async throws {
        let store = VectorMeteringStore()
        let test = TestDatabase(store)
        let source = try await declaring(["lang"], test)
        let items = (0..<40).map {
            item("i\($0)", "{\"lang\":\"l\($0 % 20)\",\"n\":\($0 % 20)}", [Float($0), 1])
        }
        try await source.insert(items)
        for (name, keys) in [("same", nil), ("other", ["n"])] as [(String, [String]?)] {
            var wanted = NewClone(name: name)
            wanted.filterable = keys
            let report = try await test.database.cloneCollection("c", as: wanted, in: "p", within: 600_000)
            #expect(report.isDone && report.copiedCount == 40)
            let clone = try await test.database.collection(name, in: "p")
            #expect(clone.configuration.filterable == keys ?? ["lang"])
            _ = try await ids(clone, "{}")
            _ = store.taken()
            #expect(try await ids(clone, keys == nil ? #"{"lang":"l3"}"# : #"{"n":3}"#).count == 2)
            #expect(store.taken() == 2)
        }
    }

    // MARK: Rules

    @Test(
        "Keys that cannot be filterable are refused",
        arguments: [
            ["a", "b", "a"], [""], ["$and"], [String(repeating: "x", count: 129)], (0..<9).map(String.init),
        ])
    func refusedKeys(keys: [String]) async throws {
        await #expect {
            try await declaring(keys, TestDatabase())
        } throws: { error in
            guard case .invalid(let violation) = error as? WhiplashError else { return false }
            return violation.field == "filterable"
        }
    }

    @Test("An older version is kept from a collection whose values it would not write, and from no other")
    func formatVersion() async throws {
        func row(_ keys: [String]) async throws -> Row {
            let collection = try await declaring(keys, TestDatabase(MemoryStore()))
            return CollectionRow(
                configuration: collection.configuration, state: .ready, stamp: WriteStamp(number: 1)
            ).row
        }
        let declared = try await row(["a", "b.\"c\"", "é"])
        #expect(declared.integer("version") == 7)
        #expect(try CollectionRow(declared).configuration.filterable == ["a", "b.\"c\"", "é"])
        let plain = try await row([])
        #expect(plain.integer("version") == 1 && plain.attributes["filterable"] == nil)
        #expect(try CollectionRow(plain).configuration.filterable.isEmpty)
    }

    @Test("Without declared keys rows are what they were")
    func unaffected() async throws {
        let store = MemoryStore()
        let collection = try await TestDatabase(store).collection(2)
        try await collection.insert([item("a", #"{"a":1}"#), item("b", #"{"a":2}"#)])
        let rows = try await bucketRows(store, collection)
        #expect(rows.allSatisfy { $0.attributes.map(\.name) == ["k", "w"] })
        let keys = rows.map { $0.key.sort.dropLast() }
        #expect(keys[0] == keys[1], "one vector, one key, whatever the metadata")
    }
}

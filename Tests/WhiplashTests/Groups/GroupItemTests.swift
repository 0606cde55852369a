import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct GroupItemTests {
    @Test("The same id in two groups is two items")
    func sameIDInTwoGroups() async throws {
        let collection = try await TestDatabase().grouped(2)
        let first = Item(id: "a", vector: [1, 2], text: "first", group: "g")
        let second = Item(id: "a", vector: [2, 1], text: "second", group: "h")
        try await collection.insert([first, second])
        #expect(try await collection.items(ids: ["a", "b"], in: "g") == [first, nil])
        #expect(try await collection.items(ids: ["a"], in: "h") == [second])
        #expect(try await collection.update("a", ItemPatch(text: "new"), in: "g").text == "new")
        #expect(try await collection.items(ids: ["a"], in: "h") == [second])
        #expect(try await collection.delete(ids: ["a"], in: "g") == 1)
        #expect(try await collection.items(ids: ["a"], in: "g") == [nil])
        #expect(try await collection.ids(near: [1, 2], in: "g") == [])
        #expect(try await collection.ids(near: [1, 2], in: "h") == ["a"])
        await expectViolation(of: "vectors[1].id") {
            try await collection.insert([second, second])
        }
    }

    @Test(
        "An insert at 384 dimensions is one call of four write units, three as float16; a batch names its group once"
    )
    func writeUnits() async throws {
        var generator = SeededGenerator(seed: 9)
        func item(_ id: String) -> Item {
            Item(
                id: "0123456789abcdef-0123456789abcdef-\(id)", vector: generator.vector(384),
                group: "0123456789abcdef-0123456789abcdef")
        }
        for (type, units) in [(VectorType.float32, [2, 1, 1]), (.float16, [1, 1, 1])] {
            let recorder = RecordingStore()
            let collection = try await TestDatabase(recorder).grouped(384, .cosine, type)
            try await collection.insert([item("0")])
            #expect(recorder.writes.map(\.writeUnits) == units)
            let counter = CountingStore()
            let counted = try await TestDatabase(counter).grouped(384, .cosine, type)
            _ = counter.taken()
            try await counted.insert([item("0")])
            #expect(counter.taken() == CountingStore.Counts(calls: 1, writes: 3))
            try await counted.insert((0..<50).map { item("\($0)") })
            #expect(counter.taken() == CountingStore.Counts(calls: 1, writes: 101))
        }
    }

    @Test("A change of anything stamps the bucket row anew, and leaves one")
    func stamps() async throws {
        let store = MemoryStore()
        let test = TestDatabase(store)
        let collection = try await test.grouped(20)
        var generator = SeededGenerator(seed: 1)
        try await collection.insert([Item(id: "a", vector: generator.vector(20), group: "g")])
        for patch in [
            ItemPatch(text: "t"), ItemPatch(metadata: RawJSON(checked: "{\"a\":1}")),
            ItemPatch(vector: generator.vector(20)),
        ] {
            test.clock.advance(1_000)
            _ = try await collection.update("a", patch, in: "g")
            let rows = try await bucketRows(store, collection)
            #expect(rows.count == 1)
            #expect(rows[0].integer("w").map { WriteStamp(number: $0).milliseconds } == test.clock.now)
        }
        #expect(try await collection.delete(ids: ["a"], in: "g") == 1)
        #expect(try await bucketRows(store, collection).isEmpty)
    }

    @Test("Lists of all items and of a group's, in pages, with cursors of their own")
    func lists() async throws {
        let test = TestDatabase(MemoryStore(pageRows: 3))
        let collection = try await test.grouped(2)
        var generator = SeededGenerator(seed: 2)
        for group in ["g", "g1", "h"] {
            try await collection.insert(
                (0..<7).map { Item(id: "\($0)", vector: generator.vector(2), group: group) })
        }
        func all(_ group: String?) async throws -> [ItemName] {
            var (names, cursor): ([ItemName], String?) = ([], nil)
            repeat {
                let page = try await collection.list(limit: 2, cursor: cursor, in: group)
                #expect(page.items.count <= 2)
                names += page.items.map(\.name)
                cursor = page.cursor
            } while cursor != nil
            return names
        }
        #expect(try await all("g") == (0..<7).map { ItemName("\($0)", in: "g") })
        #expect(try await all("nobody") == [])
        let everything = try await all(nil)
        #expect(everything.count == 21 && Set(everything).count == 21)
        let cursor = try #require(try await collection.list(limit: 2, cursor: nil, in: "g").cursor)
        await expectViolation(of: "cursor") { try await collection.list(limit: 2, cursor: cursor, in: "h") }
        await expectViolation(of: "cursor") { try await collection.groups(limit: 2, cursor: cursor) }
    }

    @Test(
        "float16 keeps the rounded vector: what get gives is what search scores", arguments: Metric.allCases)
    func float16(metric: Metric) async throws {
        for grouping in [false, true] {
            let test = TestDatabase()
            var new = NewCollection(name: "c", featureCount: 3)
            (new.metric, new.vectorType, new.grouping) = (metric, .float16, grouping)
            let collection = try await test.database.createCollection(new, in: "p")
            let group = grouping ? "g" : nil
            let vector: [Float] = [0.1, 2.000_001, -65_519]
            let rounded: [Float] = [0.099_975_586, 2, -65_504]
            let stored = try await collection.insert([Item(id: "a", vector: vector, group: group)])
            #expect(stored.map(\.vector) == [rounded])
            #expect(try await collection.items(ids: ["a"], in: group)[0]?.vector == rounded)
            var request = SearchRequest(query: vector)
            request.group = group
            let match = try #require(try await collection.search(request).first)
            let score = rounded.withUnsafeBufferPointer { rounded in
                vector.withUnsafeBufferPointer { metric.score(rounded, $0) }
            }
            #expect(match.score == score)
            await expectViolation(of: "vectors[0].vector") {
                try await collection.insert([Item(id: "a", vector: [1, 65_520, 0], group: group)])
            }
            if metric == .cosine {
                await expectViolation(of: "vectors[0].vector") {
                    try await collection.insert([Item(id: "a", vector: [1e-8, 0, 0], group: group)])
                }
            }
            let moved = try await collection.update("a", ItemPatch(vector: [0.1, 0, 0]), in: group)
            #expect(moved.vector == [0.099_975_586, 0, 0])
            #expect(try await collection.items(ids: ["a"], in: group) == [moved])
        }
    }

    @Test(
        "Two writers race on one id: whichever truth stays is found", arguments: Metric.allCases, [1, 2, 32])
    func racingWriters(metric: Metric, dimension: Int) async throws {
        var generator = SeededGenerator(seed: 6)
        let vectors = [generator.vector(dimension), generator.vector(dimension)]
        // Every order in which the vectors and bucket rows of two writes can arrive.
        for order in [
            [0, 1, 2, 3], [0, 2, 1, 3], [0, 2, 3, 1], [2, 0, 1, 3], [2, 0, 3, 1], [2, 3, 0, 1],
        ].flatMap({ [$0, $0.map { $0 ^ 1 }] }) {
            let recorder = RecordingStore()
            let collection = try await TestDatabase(recorder).grouped(dimension, metric)
            try await collection.insert(generator.items(40, dimension, in: "g"))
            let before = recorder.writes.count
            for vector in vectors { try await collection.insert([Item(id: "a", vector: vector, group: "g")]) }
            let rows = recorder.writes[before...].filter { write in
                if case .put(let row, _) = write {
                    row.attributes["k"] != nil || row.attributes["v"] != nil
                } else {
                    false
                }
            }
            #expect(rows.count == 4)
            for row in rows {
                if let key = row.key { try await recorder.base.write([.delete(key, in: row.table)]) }
            }
            for index in order { try await recorder.base.write([rows[index]]) }
            let truth = try #require(try await collection.items(ids: ["a"], in: "g")[0]?.vector)
            var request = SearchRequest(query: truth)
            (request.group, request.limit) = ("g", 41)
            let match = try #require(try await collection.search(request).first { $0.item.id == "a" })
            #expect(match.item.vector == truth)
        }
    }

    @Test("What older versions read stays theirs; what they would misread they refuse")
    func versions() async throws {
        for (grouping, type, version) in [
            (false, VectorType.float32, 1), (true, .float32, 2), (false, .float16, 2),
        ] as [(Bool, VectorType, Int64)] {
            var new = NewCollection(name: "c", featureCount: 2)
            (new.grouping, new.vectorType) = (grouping, type)
            let configuration = try await TestDatabase().database.createCollection(new, in: "p").configuration
            let row = CollectionRow(
                configuration: configuration, state: .ready, stamp: WriteStamp(number: 1)
            ).row
            #expect(row.integer("version") == version)
            #expect(try CollectionRow(row).configuration == configuration)
            var old = row
            (old.attributes["grouping"], old.attributes["vector_type"]) = (nil, nil)
            if version == 1 { #expect(try CollectionRow(old).configuration == configuration) }
        }
    }

    @Test(
        "A collection whose row does not tell has the sketches that were made of it then: one bit from 320 dimensions on"
    )
    func sketchBits() async throws {
        for (dimension, bits, implied) in [(3, 8, 8), (100, 4, 4), (200, 2, 2), (384, 2, 1)] {
            let new = NewCollection(name: "c", featureCount: dimension)
            let configuration = try await TestDatabase().database.createCollection(new, in: "p").configuration
            #expect(configuration.sketchBits == bits)
            var row = CollectionRow(
                configuration: configuration, state: .ready, stamp: WriteStamp(number: 1)
            ).row
            #expect(row.integer("version") == (bits == implied ? 1 : 4))
            #expect(try CollectionRow(row).configuration == configuration)
            row.attributes["sketch_bits"] = nil
            #expect(try CollectionRow(row).configuration.sketchBits == implied)
        }
    }
}

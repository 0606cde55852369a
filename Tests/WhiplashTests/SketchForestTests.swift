import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct SketchForestTests {
    @Test(
        "A forest holds what a dictionary would, through cuts, replacements and removals",
        arguments: [1, 2, 3])
    func holdsWhatWasStored(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let format = SketchFormat(dimension: 2, metric: .cosine)
        var forest = SketchForest(format)
        var expected: [String: BucketRow] = [:]
        for step in 0..<11_000 {
            // Many rows of few keys, so that leaves are cut amid equal ones.
            let key = generator.next() % (step % 2 == 0 ? 3 : 1 << 40)
            let id = "i\(generator.next() % 6_000)"
            let row = BucketRow(
                item: ItemName(id, in: nil), indexKey: IndexKey(number: key),
                stamp: WriteStamp(number: Int64(step)),
                sketch: (0..<8).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
            if generator.next() % 5 == 0, let (name, old) = expected.randomElement(using: &generator) {
                forest.remove(old.indexKey, id: old.id, WriteStamp(number: -1))
                forest.remove(old.indexKey, id: old.id, old.stamp)
                expected[name] = nil
            } else {
                forest.store(row)
                expected["\(key) \(id)"] = row
                // An older one of the same key and id changes nothing.
                forest.store(
                    BucketRow(
                        item: row.item, indexKey: row.indexKey, stamp: WriteStamp(number: -5),
                        sketch: [UInt8](repeating: 9, count: 8)))
            }
        }
        #expect(forest.count == expected.count)
        #expect(forest.leaves.count > 1)
        var found = 0
        for (number, leaf) in forest.leaves.enumerated() {
            for row in leaf.keys.indices {
                let stored = expected["\(leaf.keys[row]) \(leaf.id(at: row))"]
                #expect(stored?.sketch == leaf.sketches.sketch(at: row))
                #expect(stored?.stamp.number == leaf.stamps[row])
                #expect(leaf.keys[row] >= leaf.lowerKey)
                if number + 1 < forest.leaves.count {
                    #expect(leaf.keys[row] <= forest.leaves[number + 1].lowerKey)
                }
                found += 1
            }
        }
        #expect(found == expected.count)
    }

    @Test(
        "Of each leaf, in order or not, just the rows in likely cells are told", arguments: [1, 2, 3])
    func likelyRows(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let depth = 5
        var forest = SketchForest(SketchFormat(dimension: 2, metric: .cosine))
        var stored: [BucketRowName] = []
        for number in 0..<9_000 {
            // Most in a few cells, so that some lie across several leaves.
            let cell = generator.next() % (number % 3 == 0 ? 32 : 3)
            let bits = cell << UInt64(HashKey.bitCount - depth) | generator.next() % 1_000
            let name = BucketRowName(
                id: "i\(number)",
                indexKey: IndexKey(number: UInt64(bits) << 4).under(HashKey(bits: UInt32(bits))),
                stamp: WriteStamp(number: Int64(number)))
            forest.store(
                BucketRow(
                    item: ItemName(name.id, in: nil), indexKey: name.indexKey, stamp: name.stamp,
                    sketch: [UInt8](repeating: 1, count: 8)))
            stored.append(name)
        }
        for round in 0..<8 {
            if round == 4 { forest.sortLeaves() }
            if round % 4 > 0 {
                for _ in 0..<50 {
                    let gone = stored.remove(at: Int(generator.next() % UInt64(stored.count)))
                    forest.remove(gone.indexKey, id: gone.id, gone.stamp)
                }
            }
            let cells = Set((0..<UInt32(1 << depth)).filter { _ in generator.next() % 3 < UInt64(round % 4) })
            let ranges = cells.sorted().map { BucketRange(depth: depth, prefixes: $0..<($0 + 1)) }
            expect(LikelyRows(ranges), cells, depth, in: forest, "seed \(seed), round \(round)")
        }
    }

    private func expect(
        _ likely: LikelyRows, _ cells: Set<UInt32>, _ depth: Int, in forest: SketchForest, _ comment: Comment
    ) {
        for (number, leaf) in forest.leaves.enumerated() {
            let ordered = leaf.keys[..<leaf.orderedCount]
            #expect(Array(ordered) == ordered.sorted(), comment)
            let last = number + 1 == forest.leaves.count
            let told = likely.rows(of: leaf, upTo: last ? .max : forest.leaves[number + 1].lowerKey)
            let isTold = leaf.keys.indices.map { row in
                told.map { !$0.isEmpty && $0[row / 64] >> UInt64(row % 64) & 1 == 1 } ?? true
            }
            let isLikely = leaf.keys.map { key in
                cells.contains(UInt32(IndexKey.hashBits(of: key) >> UInt64(HashKey.bitCount - depth)))
            }
            #expect(isTold == isLikely, comment)
        }
    }

    @Test(
        "Rows in rising runs, however unevenly they come, fill leaves that hold neighbouring keys",
        arguments: [1, 2, 5], [1, 2, 3])
    func risingRuns(runCount: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let format = SketchFormat(dimension: 2, metric: .cosine)
        var forest = SketchForest(format)
        // Some keys come more than once, in one run and in several.
        var runs = (0..<runCount).map { _ in
            (0..<12_000 / runCount).map { _ in generator.next() % 9_000 }.sorted()[...]
        }
        var expected: [UInt64] = []
        while let run = runs.indices.filter({ !runs[$0].isEmpty }).randomElement(using: &generator) {
            let page = runs[run].prefix(Int.random(in: 1...600, using: &generator))
            runs[run].removeFirst(page.count)
            for key in page {
                let row = BucketRow(
                    item: ItemName("i\(expected.count)", in: nil), indexKey: IndexKey(number: key),
                    stamp: WriteStamp(number: Int64(expected.count)), sketch: [UInt8](repeating: 1, count: 8))
                row.withView { forest.add($0, runCount: runCount) }
                expected.append(key)
            }
        }
        #expect(forest.count == expected.count)
        let keys = forest.leaves.map(\.keys)
        #expect(keys.flatMap(\.self).sorted() == expected.sorted())
        for (leaf, next) in zip(keys, forest.leaves.dropFirst()) {
            #expect(leaf.max()! <= next.lowerKey, "seed \(seed)")
            #expect(next.keys.min()! >= next.lowerKey, "seed \(seed)")
        }
        // Of one run none is cut.
        if runCount == 1 { #expect(keys.map(\.count) == [3_584, 3_584, 3_584, 1_248]) }
        // Every row is found, also where equal keys lie on both sides of a border.
        for stamp in stride(from: 0, to: expected.count, by: 8) {
            forest.remove(
                IndexKey(number: expected[stamp]), id: "i\(stamp)", WriteStamp(number: Int64(stamp)))
        }
        #expect(forest.count == expected.count * 7 / 8)
    }

    @Test(
        "With filterable values, few or many different ones, it is at most one and a half times all of these",
        arguments: [(20, 50, 2_000), (2, 1, 12_000)])
    func memoryOfValues(langs: Int, years: Int, users: Int) throws {
        var generator = SeededGenerator(seed: 3)
        let format = SketchFormat(dimension: 384, metric: .cosine)
        let keys = FilterableKeys(["lang", "year", "user"])
        var forest = SketchForest(format, keyCount: 3)
        let sketch = [UInt8](repeating: 7, count: format.byteCount)
        var least = 0
        for number in 0..<12_000 {
            let user = "user-\(10_000 + number % users)"
            let metadata =
                "{\"lang\":\"l\(number % langs)\",\"year\":\(2000 + number % years),\"user\":\"\(user)\"}"
            let values = try #require(keys.values(of: RawJSON(checked: metadata)))
            forest.store(
                BucketRow(
                    item: ItemName("item\(1000 + number)", in: nil),
                    indexKey: IndexKey(number: generator.next() % (1 << 50)), stamp: WriteStamp(number: 1),
                    sketch: sketch, values: values))
            least += format.byteCount + 8 + values.bytes.count
        }
        #expect(
            Double(forest.byteCount) <= 1.5 * Double(least),
            "\(Double(forest.byteCount) / Double(least)) times")
    }

    @Test("Added in runs, rows take no more memory", arguments: [1, 100, 2_000, 4_000, 12_000])
    func memoryOfRuns(count: Int) {
        var generator = SeededGenerator(seed: 5)
        let format = SketchFormat(dimension: 384, metric: .cosine)
        var forest = SketchForest(format)
        let sketch = [UInt8](repeating: 7, count: format.byteCount)
        let keys = (0..<count).map { _ in generator.next() % (1 << 50) }
        let runs = [keys.prefix(count / 2).sorted(), keys.dropFirst(count / 2).sorted()]
        for start in stride(from: 0, to: count, by: 500) {
            for key in runs.flatMap({ $0.dropFirst(start).prefix(500) }) {
                let row = BucketRow(
                    item: ItemName("\(key)", in: nil), indexKey: IndexKey(number: key),
                    stamp: WriteStamp(number: 1), sketch: sketch)
                row.withView { forest.add($0, runCount: runs.count) }
            }
        }
        forest.trim()
        #expect(forest.count == count && forest.leaves.reduce(0) { $0 + $1.keys.count } == count)
        let rows = max(count, SketchChunk.capacity / 64)
        #expect(Double(forest.byteCount) <= 1.5 * Double(rows * (format.byteCount + 16)))
    }

    @Test("Memory is at most one and a half times the sketches and ids", arguments: [8, 36])
    func memory(idLength: Int) throws {
        var generator = SeededGenerator(seed: 3)
        let format = SketchFormat(dimension: 384, metric: .cosine)
        var forest = SketchForest(format)
        let sketch = [UInt8](repeating: 7, count: format.byteCount)
        for number in 0..<12_000 {
            let digits = String(number)
            let id = String(repeating: "x", count: idLength - digits.count) + digits
            forest.store(
                BucketRow(
                    item: ItemName(id, in: nil), indexKey: IndexKey(number: generator.next() % (1 << 50)),
                    stamp: WriteStamp(number: 1),
                    sketch: sketch))
        }
        let least = 12_000 * (format.byteCount + idLength)
        #expect(
            Double(forest.byteCount) <= 1.5 * Double(least),
            "\(Double(forest.byteCount) / Double(least)) times")
    }
}

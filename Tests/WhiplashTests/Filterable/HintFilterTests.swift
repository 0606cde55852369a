import FilterConformance
import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct HintFilterTests {
    private static let declared = ["a", "b", "b.c", "é"]

    @Test(
        "What hints say for sure is what the plain evaluation says", arguments: 1...8 as ClosedRange<UInt64>)
    func agreesWithThePlainEvaluation(seed: UInt64) throws {
        var chance = RandomMetadata(seed: seed)
        let keys = FilterableKeys(Self.declared)
        let metadata = (0..<150).map { _ in chance.metadata() }
        let values = metadata.map { keys.values(of: $0) }
        var verdicts: [Verdict: Int] = [:]
        for number in 0..<150 {
            let paths = number % 2 == 0 ? Self.declared : RandomMetadata.paths
            let filter = chance.filter(of: paths, depth: 3)
            guard let hints = HintFilter(filter, keys) else { continue }
            for (metadata, values) in zip(metadata, values) {
                let verdict = hints.verdict(values)
                verdicts[verdict, default: 0] += 1
                let isKnown = values.map { !Self.hasUnknown($0) } ?? false
                if hints.isDecisive, isKnown {
                    #expect(verdict != .unknown, "seed \(seed), \(filter), \(metadata?.text ?? "none")")
                }
                if verdict == .unknown { continue }
                #expect(
                    (verdict == .passes) == filter.matches(metadata),
                    "seed \(seed), \(filter), \(metadata?.text ?? "none")")
            }
        }
        #expect(verdicts.values.allSatisfy { $0 > 100 } && verdicts.count == 3, "seed \(seed): \(verdicts)")
    }

    private static func hasUnknown(_ values: FilterableValues) -> Bool {
        var hasUnknown = false
        values.forEach(declared.count) { _, value in
            hasUnknown = hasUnknown || EncodedValue.isUnknown(value.span)
        }
        return hasUnknown
    }

    @Test("Of rows in memory the same is known, through changes and cuts", arguments: [2, 3])
    func columnsAgreeWithRows(seed: UInt64) throws {
        var chance = RandomMetadata(seed: seed)
        let keys = FilterableKeys(Self.declared)
        let format = SketchFormat(dimension: 2, metric: .cosine)
        var forest = SketchForest(format, keyCount: Self.declared.count)
        var rows: [String: BucketRow] = [:]
        for step in 0..<12_000 {
            let id = "i\(chance.generator.next() % 9_000)"
            if let old = rows[id], step % 3 == 0 {
                forest.remove(old.indexKey, id: id, old.stamp)
                rows[id] = nil
                continue
            }
            let row = BucketRow(
                item: ItemName(id, in: nil),
                indexKey: rows[id]?.indexKey ?? IndexKey(number: chance.generator.next() % (1 << 50)),
                stamp: WriteStamp(number: Int64(step)), sketch: [UInt8](repeating: 1, count: 8),
                // Now and then one that does not tell.
                values: step % 50 == 0 ? nil : keys.values(of: chance.metadata()))
            forest.store(row)
            rows[id] = row
        }
        #expect(forest.count == rows.count && forest.leaves.count > 1)
        for _ in 0..<30 {
            let filter = chance.filter(of: Self.declared + ["c"], depth: 3)
            guard let hints = HintFilter(filter, keys) else { continue }
            var differing = 0
            for leaf in forest.leaves {
                let possible = hints.possibleRows(leaf.values)
                for row in leaf.keys.indices {
                    let isPossible = possible[row / 64] >> UInt64(row % 64) & 1 == 1
                    let stored = try #require(rows[leaf.id(at: row)])
                    if isPossible != (hints.verdict(stored.values) != .fails) { differing += 1 }
                }
            }
            #expect(differing == 0, "seed \(seed), \(filter)")
        }
    }

    @Test(
        "Where every row has one scalar or none, what is looked up is what each row says",
        arguments: [4, 5, 6])
    func columnsOfScalars(seed: UInt64) throws {
        var chance = RandomMetadata(seed: seed)
        let keys = FilterableKeys(["a"])
        var columns = ValueColumns(keyCount: 1)
        let scalars = ["1", "-1", "2.5", "\"x\"", "\"\"", "true", "null", "9007199254740993", "\"1\""]
        func metadata() -> RawJSON? {
            let scalar = chance.generator.next() % 3 == 0 ? "\(chance.generator.next() % 500)" : nil
            guard let value = scalar ?? scalars.randomElement(using: &chance.generator) else { return nil }
            return chance.generator.next() % 10 == 0 ? nil : RawJSON(checked: "{\"a\":\(value)}")
        }
        let rows = (0..<1_000).map { _ in keys.values(of: metadata()) }
        for row in rows { columns.append(row) }
        #expect(columns[0].isPlain)
        for number in 0..<200 {
            let wanted = (0...number % 3).map { _ in
                MetadataValue(of: metadata()).values(at: ["a"]).flatMap(\.scalars).first ?? .null
            }
            let test = MetadataFilter.holds("a", number % 2 == 0 ? .isIn(wanted) : .equal(wanted[0]))
            let filter = number % 5 == 0 ? .not(test) : test
            let hints = try #require(HintFilter(filter, keys))
            let possible = hints.possibleRows(columns)
            let differing = rows.indices.filter { row in
                (possible[row / 64] >> UInt64(row % 64) & 1 == 1) != (hints.verdict(rows[row]) == .passes)
            }
            #expect(differing == [], "seed \(seed), \(filter)")
        }
        // One list, and it is gone through value by value.
        columns.append(keys.values(of: RawJSON(checked: #"{"a":[1,"x"]}"#)))
        #expect(!columns[0].isPlain)
        let hints = try #require(HintFilter(.holds("a", .equal(.string("x"))), keys))
        #expect(hints.possibleRows(columns)[1_000 / 64] >> UInt64(1_000 % 64) & 1 == 1)
    }

    @Test("Values that no row has any more do not stay for ever")
    func columnsForget() {
        var columns = ValueColumns(keyCount: 1)
        for row in 0..<100 { columns.append(values("\(row)")) }
        for step in 0..<20_000 { columns.replace(step % 100, by: values("at \(step)")) }
        #expect(columns[0].valueCount < 300)
        for _ in 0..<90 { columns.remove(0) }
        for row in 0..<10 { #expect(columns[0].value(ofRow: row).count > 2) }
        #expect(columns.rowCount == 10)
    }

    private func values(_ text: String) -> FilterableValues {
        FilterableValues([EncodedValue([.scalar(.string(text))])])
    }

    @Test("A filter of which rows tell nothing is none")
    func silentFilters() {
        let keys = FilterableKeys(["a"])
        func isSilent(_ filter: MetadataFilter?, _ keys: FilterableKeys) -> Bool {
            HintFilter(filter, keys).map { _ in false } ?? true
        }
        #expect(isSilent(nil, keys))
        #expect(isSilent(.holds("b", .exists), keys))
        #expect(isSilent(.holds("a", .exists), FilterableKeys([])))
        #expect(isSilent(.and([]), keys))
        let mixed = HintFilter(.and([.holds("a", .exists), .holds("b", .exists)]), keys)
        #expect(mixed?.isDecisive == false)
        #expect(mixed?.verdict(keys.values(of: nil)) == .fails, "though nothing is known of b")
        #expect(mixed?.verdict(keys.values(of: RawJSON(checked: #"{"a":1}"#))) == .unknown)
    }
}

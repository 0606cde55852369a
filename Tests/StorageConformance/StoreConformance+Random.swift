import Storage

extension StoreConformance {
    static let randomChecks = (1...6).map { seed in
        Check("A random sequence of calls does what a plain dictionary does (seed \(seed))") { bench in
            var walk = RandomWalk(bench: bench, seed: UInt64(seed))
            for step in 0..<120 {
                do { try await walk.step() } catch {
                    throw ConformanceFailure("seed \(seed), step \(step): \(error)")
                }
            }
        }
    }
}

/// Random calls on the bench's table and on a dictionary, compared after each.
private struct RandomWalk {
    let bench: Bench
    var random: SplitMix
    var model: [RowKey: Row] = [:]

    init(bench: Bench, seed: UInt64) {
        self.bench = bench
        random = SplitMix(state: seed)
    }

    mutating func step() async throws {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: try await writeBatch()
        case 3...5: try await writeOnCondition()
        case 6: try await readRows()
        case 7...8: try await queryRange()
        default: try await scanSegments()
        }
    }

    /// Few keys, so that calls meet.
    private mutating func key() -> RowKey {
        let partitions = ["a", "b", "é"]
        let sorts = ["1", "11", "2", "é", "e\u{301}", "z", "中", "😀"]
        let index = Int.random(in: 0..<24, using: &random)
        return RowKey(partition: partitions[index % 3], sort: sorts[index / 3])
    }

    private mutating func write(_ key: RowKey) -> Write {
        guard Int.random(in: 0..<3, using: &random) > 0 else { return .delete(key, in: bench.table) }
        let attributes: Attributes = [
            "n": .integer(.random(in: 0..<3, using: &random)), "t": .text("\(key.sort)\(key.partition)"),
        ]
        return .put(Row(key: key, attributes: attributes), in: bench.table)
    }

    /// What only a batch may hold comes in as well.
    private mutating func batchWrite(_ key: RowKey) -> Write {
        guard Int.random(in: 0..<4, using: &random) == 0 else { return write(key) }
        let number = Int64.random(in: 0..<3, using: &random)
        return .deleteMatching(key, in: bench.table, attribute: "n", equals: .integer(number))
    }

    private mutating func apply(_ write: Write) {
        switch write {
        case .put(let row, _): model[row.key] = row
        case .delete(let key, _): model[key] = nil
        case .append: preconditionFailure("logs have checks of their own")
        case .deleteMatching(let key, _, let attribute, let value):
            if model[key]?.attributes[attribute] == value { model[key] = nil }
        }
    }

    private mutating func writeBatch() async throws {
        var keys = Set<RowKey>()
        for _ in 0..<Int.random(in: 0..<12, using: &random) { keys.insert(key()) }
        let writes = keys.sorted().map { batchWrite($0) }
        try await bench.store.write(writes)
        for write in writes { apply(write) }
    }

    private mutating func writeOnCondition() async throws {
        let key = key()
        let write = write(key)
        let isAbsent = Bool.random(using: &random)
        let condition: Condition =
            isAbsent ? .absent : .equals(attribute: "n", .integer(.random(in: 0..<3, using: &random)))
        let holds = condition.holds(of: model[key])
        do {
            try await bench.store.write(write, if: condition)
            try expect(holds, "a write on \(key.shown) should have met a conflict")
            apply(write)
        } catch StoreError.conflict {
            try expect(!holds, "a write on \(key.shown) should have happened")
        }
    }

    private mutating func readRows() async throws {
        var keys = Set<RowKey>()
        for _ in 0..<Int.random(in: 0..<9, using: &random) { keys.insert(key()) }
        let wanted = keys.sorted()
        let found = try await bench.store.rows(at: wanted.map { RowAddress(bench.table, $0) }, .strong)
        try expect(found == wanted.map { model[$0] }, "rows at \(wanted.map(\.shown))")
    }

    private mutating func queryRange() async throws {
        let (partition, ends) = (key().partition, [key().sort, key().sort])
        let bounds = ends.map { Bool.random(using: &random) ? $0 : nil }
        let query = RangeQuery(
            bench.table, partition: partition, lower: bounds[0], upper: bounds[1],
            descending: .random(using: &random), limit: [nil, 1, 2, 5].randomElement(using: &random) ?? nil,
            consistency: .strong)
        let inside = model.values.filter { row in
            row.key.partition.utf8.elementsEqual(partition.utf8)
                && !(query.lower.map { row.key.sort.precedes($0) } ?? false)
                && query.upper.map { row.key.sort.precedes($0) } ?? true
        }.sorted { query.descending ? $0.key > $1.key : $0.key < $1.key }
        try expectEqual(try await bench.all(query), inside, "query")
    }

    private mutating func scanSegments() async throws {
        let segments = Int.random(in: 1...4, using: &random)
        let limit = [nil, 1, 3].randomElement(using: &random) ?? nil
        var found: [Row] = []
        for segment in 0..<segments {
            found += try await bench.all(
                TableScan(bench.table, segment: segment, of: segments, limit: limit, consistency: .strong))
        }
        try expectEqual(found.sorted { $0.key < $1.key }, model.values.sorted { $0.key < $1.key }, "scan")
    }
}

/// SplitMix64: the same numbers from a seed on every machine.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(state: UInt64) { self.state = state }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

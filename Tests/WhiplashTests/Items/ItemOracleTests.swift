import JSON
import Storage
import Testing
import VectorIndex

@testable import Whiplash

/// Several processes store, change, remove and read items, on conditions and with times, on stores whose eventual reads lag: each
/// answer is what a plain dictionary gives.
@Suite struct ItemOracleTests {
    enum Order: CaseIterable { case numbered, timed }

    @Test("Answers agree with a dictionary", arguments: Order.allCases, [false, true])
    func oracle(order: Order, grouping: Bool) async throws {
        for seed in UInt64(1)...4 {
            let clock = TestClock()
            let store = LaggingStore(order == .timed ? clock : nil)
            let processes = (0..<3).map {
                TestDatabase(store, seed: seed + UInt64($0), clock: clock).database
            }
            var new = NewCollection(name: "c", featureCount: 4)
            (new.metric, new.grouping) = (.euclidean, grouping)
            new.filterable = [[], ["n"], ["m", "n"], ["m"]][Int(seed) - 1]
            _ = try await processes[0].createCollection(new, in: "p")
            var oracle = ItemOracle(seed: seed, group: grouping ? "g" : nil, clock: clock)
            for step in 0..<300 {
                oracle.place = "\(order), grouping \(grouping), seed \(seed), step \(step)"
                try await oracle.change(try await processes[oracle.choose(3)].collection("c", in: "p"))
                let waits = oracle.choose(15) == 0
                clock.advance(Int64(oracle.choose(waits ? 200_000 : 2_000)))
                if waits || oracle.choose(4) == 0 { try await store.refresh() }
                // Now and then what has expired goes, as a back end removes it: when replicas have long had it.
                if oracle.choose(10) == 0 {
                    try await store.refresh()
                    try await removeExpired(store, clock)
                }
                try await oracle.check(try await processes[oracle.choose(3)].collection("c", in: "p"))
            }
        }
    }

    /// Removes rows whose time is over, of both tables, without telling anybody.
    private func removeExpired(_ store: LaggingStore, _ clock: TestClock) async throws {
        for table in ["p_dev_c_vectors", "p_dev_c_buckets"].map(TableName.init) {
            let rows = try await store.scan(TableScan(table, consistency: .strong)).rows
            try await store.write(
                rows.filter { $0.isExpired(at: clock.now / 1000) }.map { .delete($0.key, in: table) })
        }
    }
}

private struct ItemOracle {
    var place = ""
    private var generator: SeededGenerator
    private let group: String?
    private let clock: TestClock
    private var stored: [String: Item] = [:]
    /// Versions given of late, mostly of what is no more.
    private var versions: [ItemVersion] = []

    init(seed: UInt64, group: String?, clock: TestClock) {
        generator = SeededGenerator(seed: seed)
        self.group = group
        self.clock = clock
    }

    mutating func choose(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

    private var now: Int64 { clock.now / 1000 }
    private func isThere(_ item: Item) -> Bool { item.expiresAt.map { $0 > now } ?? true }
    private var alive: [String: Item] { stored.filter { isThere($0.value) } }

    /// One of a few ids, so that writes meet.
    private mutating func id() -> String { "id\(choose(3))-\(choose(8))" }

    private mutating func key() -> String { choose(2) == 0 ? "n" : "m" }

    private mutating func expiry() -> Int64? { choose(2) == 0 ? nil : now + Int64(choose(12)) - 1 }

    private mutating func item() -> Item {
        // Few vectors, so that bucket rows meet as well.
        let vector = (0..<4).map { _ in Float(choose(3)) }
        return Item(
            id: id(), vector: vector, metadata: RawJSON(checked: "{\"n\":\(choose(3))}"), group: group,
            expiresAt: expiry())
    }

    private mutating func condition(_ id: String) -> ItemCondition? {
        switch choose(5) {
        case 0, 1: nil
        case 2: .absent
        case 3: alive[id]?.version.map { .version($0) } ?? .absent
        default: versions.isEmpty ? .absent : .version(versions[choose(versions.count)])
        }
    }

    private func holds(_ condition: ItemCondition?, _ id: String) -> Bool {
        switch condition {
        case nil: true
        case .absent: alive[id] == nil
        case .version(let version): alive[id]?.version == version
        }
    }

    private mutating func keep(_ item: Item?) throws {
        let item = try #require(item)
        let version = try #require(item.version)
        #expect(!versions.contains(version) || versions.last == version, "\(place)")
        stored[item.id] = item
        versions = Array((versions + [version]).suffix(12))
    }

    mutating func change(_ collection: VectorCollection) async throws {
        switch choose(6) {
        case 0, 1: try await write(collection, count: 1)
        case 2: try await write(collection, count: 2 + choose(5))
        case 3, 4: try await update(collection)
        default: try await delete(collection)
        }
    }

    private mutating func write(_ collection: VectorCollection, count: Int) async throws {
        let items = (0..<count).map { _ in item() }
        let writes = items.map { ItemWrite($0, if: condition($0.id)) }
        var seen = Set<String>()
        let fits = writes.map { seen.insert($0.item.id).inserted && holds($0.condition, $0.item.id) }
        let isPartial = choose(2) == 0
        if !isPartial, fits.contains(false) {
            await #expect(throws: WhiplashError.self, "\(place)") { try await collection.write(writes) }
            return
        }
        let report = try await collection.write(writes, partially: isPartial)
        #expect(report.items.map { $0 != nil } == fits, "\(place)")
        #expect(report.failures.map(\.position) == fits.indices.filter { !fits[$0] }, "\(place)")
        for (index, fits) in fits.enumerated() where fits {
            #expect(report.items[index] == items[index], "\(place)")
            try keep(report.items[index])
        }
    }

    private mutating func update(_ collection: VectorCollection) async throws {
        let id = id()
        var version: ItemVersion?
        if choose(2) == 0, case .version(let chosen) = condition(id) { version = chosen }
        var patch = ItemPatch(metadata: RawJSON(checked: "{\"\(key())\":\(choose(3))}"))
        if choose(2) == 0 { patch.vector = (0..<4).map { _ in Float(choose(3)) } }
        if choose(2) == 0 { patch.expiresAt = .some(expiry()) }
        guard var expected = alive[id] else {
            await expect(.notFound) { try await collection.update(id, patch, in: group, version: version) }
            return
        }
        if let version, version != expected.version {
            await expect(.conflict) { try await collection.update(id, patch, in: group, version: version) }
            return
        }
        let changed = try await collection.update(id, patch, in: group, version: version)
        expected.vector = patch.vector ?? expected.vector
        expected.metadata = expected.metadata.flatMap { old in patch.metadata.map { old.merged(with: $0) } }
        if let time = patch.expiresAt { expected.expiresAt = time }
        #expect(changed == expected, "\(place)")
        try keep(changed)
    }

    private mutating func delete(_ collection: VectorCollection) async throws {
        let id = id()
        guard case .version(let version) = condition(id) else {
            let count = try await collection.delete(ids: [id, id], in: group)
            #expect(count == (alive[id] == nil ? 0 : 1), "\(place)")
            stored[id] = nil
            return
        }
        if let item = alive[id], item.version != version {
            await expect(.conflict) { try await collection.delete(id, version: version, in: group) }
            return
        }
        #expect(
            try await collection.delete(id, version: version, in: group) == (alive[id] != nil), "\(place)")
        if alive[id] != nil { stored[id] = nil }
    }

    mutating func check(_ collection: VectorCollection) async throws {
        let alive = alive
        let ids = (0..<6).map { _ in id() }
        let found = try await collection.items(ids: ids, in: group)
        #expect(found == ids.map { alive[$0] }, "\(place)")
        #expect(found.map { $0?.version } == ids.map { alive[$0]?.version }, "\(place)")
        let prefix = "id\(choose(3))"
        let listed = try await collection.list(limit: 1000, cursor: nil, in: group, prefix: prefix)
        #expect(
            listed.items.map(\.id).sorted() == alive.keys.filter { $0.hasPrefix(prefix) }.sorted(), "\(place)"
        )
        var request = SearchRequest(query: (0..<4).map { _ in Float(choose(3)) + 0.25 })
        (request.limit, request.group) = (1 + choose(12), group)
        if choose(2) == 0 {
            request.filter = try MetadataFilter(RawJSON(checked: "{\"\(key())\":\(choose(3))}"))
        }
        let near = alive.values.filter { request.filter?.matches($0.metadata) ?? true }
            .map { collection.match($0, request.query) }.sorted(by: Match.isBefore).prefix(request.limit)
        let matches = try await collection.search(request)
        #expect(matches.map(\.item.id) == near.map(\.item.id), "\(place)")
        #expect(matches.map(\.item.version) == near.map(\.item.version), "\(place)")
    }
}

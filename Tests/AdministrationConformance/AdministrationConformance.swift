import Storage
import Testing
import VectorIndex
import Whiplash

/// Holds renaming, cloning and changing collections to what they promise, on any store, by several processes over it.
public struct AdministrationConformance: Sendable {
    private let store: any Store
    private let project: String
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - store: To make collections in.
    ///   - project: Theirs, which is removed in the end.
    ///   - now: The time in milliseconds since 1970: the store's own, where its logs are ordered by time.
    public init(
        _ store: any Store, project: String = "p",
        now: @escaping @Sendable () -> Int64 = { 1_800_000_000_000 }
    ) {
        self.store = store
        self.project = project
        self.now = now
    }

    public enum Kind: String, Sendable, CaseIterable {
        case plain, words, groups
    }

    private static let dimension = 6

    /// Renames a collection that another process writes and searches by its old name, and clones it while it is written.
    public func check(_ kind: Kind, seed: UInt64, count: Int = 700) async throws {
        let (first, second) = (Database(store: store, now: now), Database(store: store, now: now))
        var generator = SeededGenerator(seed: seed)
        var held: [String: Item] = [:]
        func add(_ range: Range<Int>, in collection: VectorCollection) async throws {
            let items = items(range, kind, &generator)
            try await collection.insert(items)
            for item in items { held[item.id] = item }
        }
        var new = NewCollection(name: "old", featureCount: Self.dimension)
        (new.grouping, new.textIndex) = (kind == .groups, kind == .words)
        try await add(0..<count, in: try await first.createCollection(new, in: project))
        let known = try await second.collection("old", in: project)
        _ = try await ids(known, kind)

        let renamed = try await first.renameCollection("old", to: "new", in: project)
        // On a store where a process trusts what it knows for a while.
        if let stale = try? await second.collection("old", in: project) {
            try await add(count..<count + 20, in: stale)
        }
        try await expect(held, in: renamed, kind)
        try await add(0..<10, in: try await second.collection("new", in: project))
        try await expect(held, in: renamed, kind)

        var clone = NewClone(name: "clone")
        clone.vectorType = .float16
        var calls = 0
        var report = CloneReport(state: "", isDone: false, copiedCount: 0)
        while !report.isDone {
            // Each page by another process.
            report = try await [first, second][calls % 2].cloneCollection(
                "new", as: clone, in: project, within: calls < 8 ? 0 : 15_000)
            calls += 1
        }
        #expect(calls >= count / 256 + 1)
        let made = try await second.collection("clone", in: project)
        try await expect(held, in: made, kind, rounded: true)
        if kind == .words {
            try await breakAndMendPostings(of: made)
            try await expect(held, in: made, kind, rounded: true)
        }
        try await add(10..<20, in: renamed)
        #expect(
            try await made.items(ids: ["10"], in: kind == .groups ? "g1" : nil)[0]?.vector
                != held["10"]?.vector)
        try await first.deleteCollection("new", in: project)
        #expect(try await ids(made, kind).count == held.count)

        var changes = CollectionChanges()
        (changes.description, changes.bitStart) = ("Changed", 3)
        let changed = try await second.updateCollection("clone", changes, in: project)
        #expect(changed.configuration.description == "Changed" && changed.configuration.bitStart == 3)
        #expect(try await ids(changed, kind).count == held.count)
        try await first.deleteProject(project)
    }

    /// Takes postings away and leaves one of no text, for a verification to find.
    private func breakAndMendPostings(of collection: VectorCollection) async throws {
        let table = TableName(collection.configuration.id + "_buckets")
        let prefix = collection.configuration.incarnation + ".text."
        var (rows, scan) = ([Row](), TableScan(table, prefix: prefix, consistency: .strong))
        repeat {
            let page = try await store.scan(scan)
            rows += page.rows
            scan.after = page.next
        } while scan.after != nil
        let taken = rows.prefix(5)
        let key = RowKey(partition: rows[9].key.partition, sort: rows[9].key.sort.prefix(12) + "gone")
        // Older than any write that may be under way; in the upper bits of a stamp are milliseconds.
        let stray = Row(key: key, attributes: ["w": .integer((now() - 300_000) << 20)])
        try await store.write(taken.map { .delete($0.key, in: table) } + [.put(stray, in: table)])
        var (missing, needless) = (0, 0)
        var cursor: String?
        repeat {
            let report = try await collection.verify(cursor: cursor, rows: 2_000, within: 60_000)
            (missing, needless) = (missing + report.missingPostings, needless + report.needlessPostings)
            cursor = report.cursor
        } while cursor != nil
        #expect(missing == 5 && needless == 1)
    }

    private func items(
        _ range: Range<Int>, _ kind: Kind, _ generator: inout SeededGenerator
    ) -> [Item] {
        range.map { number in
            Item(
                id: "\(number)", vector: (0..<Self.dimension).map { _ in generator.nextGaussian() },
                text: "word\(number % 9) all", group: kind == .groups ? "g\(number % 3)" : nil)
        }
    }

    /// What searches find of all items.
    private func ids(_ collection: VectorCollection, _ kind: Kind) async throws -> Set<String> {
        var found = Set<String>()
        let groups: [String?] = kind == .groups ? ["g0", "g1", "g2"] : [nil]
        for group in groups {
            var request = SearchRequest(query: [Float](repeating: 1, count: Self.dimension))
            (request.limit, request.group) = (1_000, group)
            found.formUnion(try await collection.search(request).map(\.item.id))
        }
        return found
    }

    private func expect(
        _ held: [String: Item], in collection: VectorCollection, _ kind: Kind, rounded: Bool = false
    ) async throws {
        var (listed, cursor) = ([String: Item](), String?.none)
        repeat {
            let page = try await collection.list(limit: 1_000, cursor: cursor)
            for var item in page.items {
                item.version = nil
                listed[item.id] = item
            }
            cursor = page.cursor
        } while cursor != nil
        let expected = held.mapValues { item in
            var item = item
            if rounded { item.vector = VectorType.float16.rounded(item.vector) }
            return item
        }
        #expect(listed == expected, "\(kind)")
        #expect(try await ids(collection, kind) == Set(held.keys), "\(kind)")
        if kind == .words {
            var request = SearchRequest(text: "word4")
            request.limit = 1_000
            let found = try await collection.search(request).map(\.item.id)
            #expect(Set(found) == Set(held.values.filter { $0.text == "word4 all" }.map(\.id)))
        }
        if kind == .groups {
            let groups = try await collection.groups(limit: 10, cursor: nil).groups
            #expect(groups.sorted() == ["g0", "g1", "g2"])
        }
    }
}

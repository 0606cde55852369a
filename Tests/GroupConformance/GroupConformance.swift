import Storage
import Testing
import VectorIndex
import Whiplash

/// Holds the search in groups to brute force, on any store: the very same ids, in the same order, with the same scores.
public struct GroupConformance: Sendable {
    private let store: any Store
    private let name: String

    /// - Parameters:
    ///   - store: To make collections in.
    ///   - name: Begins the names of the collections.
    public init(_ store: any Store, name: String = "g") {
        self.store = store
        self.name = name
    }

    /// One kind of collection, and how much of it.
    public struct Case: Sendable, CustomStringConvertible {
        public var dimension: Int
        public var metric: Metric
        public var type: VectorType = .float32
        /// How often the hard vectors are repeated, each time from another seed.
        public var rounds = 3

        public init(_ dimension: Int, _ metric: Metric, _ type: VectorType = .float32, rounds: Int = 3) {
            self.dimension = dimension
            self.metric = metric
            self.type = type
            self.rounds = rounds
        }

        public var description: String { "\(metric) of \(dimension) as \(type)" }
    }

    /// All metrics at dimensions from 1 to 1,536, in both types.
    public static let cases: [Case] =
        [1, 2, 3, 15, 16, 17, 64, 100, 384, 1536].flatMap { dimension in
            Metric.allCases.map { metric in Case(dimension, metric, rounds: dimension > 500 ? 1 : 3) }
        } + Metric.allCases.flatMap { metric in [3, 384].map { Case($0, metric, .float16) } }

    /// Stores hard vectors in two groups, with ids in common, and searches both; then changes some, and searches again.
    public func check(_ kind: Case, seed: UInt64) async throws {
        var vectors = HardVectors(kind, seed: seed)
        let collection = try await collection(kind)
        var groups = ["a": vectors.draw(), "b": vectors.draw()]
        for (group, drawn) in groups {
            for item in drawn.indices { groups[group]?[item].group = group }
        }
        for group in ["a", "b"] {
            groups[group] = try await collection.insert(groups[group] ?? [])
        }
        try await search(collection, groups, vectors.queries(), "\(kind), seed \(seed)")
        let gone = groups["a"]?.prefix(10).map(\.id) ?? []
        _ = try await collection.delete(ids: gone, in: "a")
        groups["a"]?.removeFirst(10)
        // Moved to where others are: they leave their old bucket rows.
        let moved = zip(groups["a"]?.prefix(10) ?? [], vectors.draw()).map { old, new in
            Item(id: old.id, vector: new.vector, group: "a")
        }
        groups["a"]?.replaceSubrange(0..<10, with: try await collection.insert(moved))
        try await search(collection, groups, vectors.queries(), "\(kind), seed \(seed), changed")
    }

    private func collection(_ kind: Case) async throws -> VectorCollection {
        let database = Database(store: store, now: { 1_800_000_000_000 })
        var new = NewCollection(
            name: "\(name)-\(kind.dimension)-\(kind.metric)-\(kind.type)", featureCount: kind.dimension)
        (new.metric, new.grouping, new.vectorType) = (kind.metric, true, kind.type)
        return try await database.createCollection(new, in: "p")
    }

    private func search(
        _ collection: VectorCollection, _ groups: [String: [Item]], _ queries: [[Float]], _ note: String
    ) async throws {
        for (group, items) in groups {
            for (number, query) in queries.enumerated() {
                var request = SearchRequest(query: query)
                request.group = group
                request.limit = [1, 10, 3, 40][number % 4]
                let found = try await collection.search(request)
                let truth = BruteForce(collection.configuration.metric).best(request.limit, items, query)
                #expect(found.map(\.item.id) == truth.map(\.item.id), "\(note), query \(number) in \(group)")
                #expect(found.map(\.item.group) == truth.map { _ in group }, "\(note)")
                for (match, (item, score)) in zip(found, truth) {
                    #expect(match.item.vector == item.vector, "\(note)")
                    #expect(
                        abs(Double(match.score) - score) <= 1e-5 * max(1, abs(score)),
                        "\(note), query \(number) in \(group)")
                }
            }
        }
    }
}

/// The oracle: every vector, in plain loops.
public struct BruteForce {
    private let metric: Metric

    public init(_ metric: Metric) { self.metric = metric }

    /// The best by the score that the engine gives in float32, the lesser id first of equal ones; with the score in float64.
    public func best(_ limit: Int, _ items: [Item], _ query: [Float]) -> [(item: Item, score: Double)] {
        let scored = items.map { item in
            (
                item,
                item.vector.withUnsafeBufferPointer { vector in
                    query.withUnsafeBufferPointer { metric.score(vector, $0) }
                }
            )
        }
        let sorted = scored.sorted { left, right in
            left.1 != right.1
                ? left.1 > right.1 : left.0.id.utf8.lexicographicallyPrecedes(right.0.id.utf8)
        }
        return sorted.prefix(limit).map { ($0.0, score($0.0.vector, query)) }
    }

    private func score(_ left: [Float], _ right: [Float]) -> Double {
        let (left, right) = (left.map(Double.init), right.map(Double.init))
        func product(_ left: [Double], _ right: [Double]) -> Double {
            zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let largest = Double(Float.greatestFiniteMagnitude)
        switch metric {
        case .cosine:
            let norms = product(left, left).squareRoot() * product(right, right).squareRoot()
            return norms > 0 ? product(left, right) / norms : 0
        case .dot: return min(largest, max(-largest, product(left, right)))
        case .euclidean:
            let differences = zip(left, right).map { $0 - $1 }
            return max(-largest, -product(differences, differences).squareRoot())
        }
    }
}

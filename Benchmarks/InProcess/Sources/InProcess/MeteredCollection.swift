import Foundation
import StorageSQLite
import Whiplash

/// What a number of searches took and found.
struct Searched: Encodable {
    var milliseconds: [Double] = []
    var ids: [[Int]] = []
    var read: [Read] = []

    /// What a search has read of the store.
    struct Read: Encodable {
        /// Of rows, as DynamoDB counts them.
        var bytes: Int
        var vectors: Int
    }
}

/// A new collection on a SQLite file, whose searches tell what they read, and the queries for it.
struct MeteredCollection {
    let options: Options
    private let collection: VectorCollection
    private let clock = ContinuousClock()
    private let queries: [[Float]]
    private static let warmUp = 3

    init(_ new: NewCollection, _ options: Options) async throws {
        self.options = options
        let store = try SQLiteStore(path: options.folder + "/whiplash.db")
        collection = try await openDatabase(store).createCollection(new, in: "benchmark")
        queries = try RawVectors(path: options.queries, dimension: options.dimension)
            .rows(0..<options.queryCount)
    }

    /// Stores the first rows of the base, a batch after the other; the seconds that it took.
    func insert(_ count: Int, batchSize: Int, _ item: (Int, [Float]) throws -> Item) async throws -> Double {
        let vectors = try RawVectors(path: options.base, dimension: options.dimension)
        let began = clock.now
        for start in stride(from: 0, to: count, by: batchSize) {
            let rows = try vectors.rows(start..<min(start + batchSize, count))
            try await collection.insert(try rows.enumerated().map { try item(start + $0.offset, $0.element) })
        }
        return seconds(clock.now - began)
    }

    /// One query after the other, until all are asked, or the time is up and `atLeast` of them are.
    func search(_ request: SearchRequest, seconds limit: Double, atLeast: Int) async throws -> Searched {
        for query in queries.suffix(Self.warmUp) { _ = try await answer(query, request) }
        var searched = Searched()
        let deadline = clock.now + .seconds(limit)
        for query in queries {
            let began = clock.now
            let answer = try await answer(query, request)
            let ended = clock.now
            searched.milliseconds.append(seconds(ended - began) * 1000)
            searched.ids.append(answer.matches.map { Int($0.item.id) ?? -1 })
            searched.read.append(
                Searched.Read(
                    bytes: answer.explanation?.usage.bytesRead ?? 0,
                    vectors: answer.explanation?.vector?.rerankedCount ?? 0))
            if ended > deadline, searched.ids.count >= atLeast { break }
        }
        return searched
    }

    private func answer(_ query: [Float], _ request: SearchRequest) async throws -> SearchAnswer {
        var request = request
        (request.query, request.limit, request.explain) = (query, options.limit, true)
        return try await collection.answer(request)
    }
}

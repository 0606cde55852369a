import Foundation
import StorageSQLite
import Whiplash

/// A line of what `groups` is asked; see `Benchmarks/benchmark/groups.py`.
private struct GroupCommand: Decodable {
    enum Kind: String, Decodable { case insert, search }

    let `do`: Kind
    /// The items of the user: the first rows of the base.
    let items: Int
    let seconds: Double?
    let atLeast: Int?
}

private struct Ready: Encodable {
    let pid = getpid()
}

private struct Inserted: Encodable {
    let seconds: Double
}

private struct Searched: Encodable {
    var milliseconds: [Double] = []
    var ids: [[Int]] = []
    /// Of each search.
    var read: [ReadMeter] = []
}

/// One collection with groups, on a SQLite file; each group is a user of so many items.
func groups(_ options: Options) async throws {
    let users = try await Users(options)
    try say(Ready())
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    while let line = readLine() {
        let command = try decoder.decode(GroupCommand.self, from: Data(line.utf8))
        switch command.do {
        case .insert: try say(try await users.insert(command.items))
        case .search: try say(try await users.search(command))
        }
    }
}

private struct Users {
    private let store: MeteringStore<SQLiteStore>
    private let collection: VectorCollection
    private let options: Options
    private let queries: [[Float]]
    private let clock = ContinuousClock()
    private static let batchSize = 500
    private static let warmUp = 3

    init(_ options: Options) async throws {
        self.options = options
        store = MeteringStore(try SQLiteStore(path: options.folder + "/whiplash.db"))
        var settings = DatabaseSettings()
        settings.shardCount = 2
        settings.configurationLifetime = 0
        let database = Database(
            store: store, settings: settings, now: { Int64(Date().timeIntervalSince1970 * 1000) })
        var new = NewCollection(name: "users", featureCount: options.dimension)
        (new.grouping, new.vectorType) = (true, options.vectorType == "float16" ? .float16 : .float32)
        collection = try await database.createCollection(new, in: "benchmark")
        queries = try RawVectors(path: options.queries, dimension: options.dimension)
            .rows(0..<options.queryCount)
    }

    func insert(_ items: Int) async throws -> Inserted {
        let vectors = try RawVectors(path: options.base, dimension: options.dimension)
        let began = clock.now
        for start in stride(from: 0, to: items, by: Self.batchSize) {
            let rows = try vectors.rows(start..<min(start + Self.batchSize, items))
            try await collection.insert(
                rows.enumerated().map { row in
                    Item(id: String(start + row.offset), vector: row.element, group: "user \(items)")
                })
        }
        return Inserted(seconds: seconds(clock.now - began))
    }

    /// One query after the other, until all are asked, or the time is up and `atLeast` of them are.
    func search(_ command: GroupCommand) async throws -> Searched {
        for query in queries.suffix(Self.warmUp) { _ = try await answer(query, command.items) }
        var searched = Searched()
        let deadline = clock.now + .seconds(command.seconds ?? 1)
        for query in queries {
            _ = store.taken()
            let began = clock.now
            let ids = try await answer(query, command.items)
            let ended = clock.now
            searched.milliseconds.append(seconds(ended - began) * 1000)
            searched.ids.append(ids)
            searched.read.append(store.taken())
            if ended > deadline, searched.ids.count >= command.atLeast ?? 1 { break }
        }
        return searched
    }

    private func answer(_ query: [Float], _ items: Int) async throws -> [Int] {
        var request = SearchRequest(query: query)
        (request.group, request.limit) = ("user \(items)", options.limit)
        return try await collection.search(request).map { Int($0.item.id) ?? -1 }
    }
}

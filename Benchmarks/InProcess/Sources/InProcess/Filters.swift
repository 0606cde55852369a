import Foundation
import StorageSQLite
import Whiplash

/// A line of what `filters` is asked; see `Benchmarks/benchmark/filters.py`.
private struct FilterCommand: Decodable {
    /// `declared` or `undeclared`; nil searches without a filter.
    let key: String?
    /// Items pass whose number is below, of 0 to 9,999.
    let below: Int?
    let seconds: Double
    let atLeast: Int
}

private struct Searched: Encodable {
    var milliseconds: [Double] = []
    var ids: [[Int]] = []
    /// Of each search.
    var read: [ReadMeter] = []
}

/// One collection on a SQLite file. Each item has one number of 10,000 under two keys, of which one is filterable.
func filters(_ options: Options) async throws {
    let collection = try await FilteredCollection(options)
    try say(try await collection.fill())
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    while let line = readLine() {
        let command = try decoder.decode(FilterCommand.self, from: Data(line.utf8))
        try say(try await collection.search(command))
    }
}

private struct FilteredCollection {
    private let store: MeteringStore<SQLiteStore>
    private let collection: VectorCollection
    private let options: Options
    private let queries: [[Float]]
    private let clock = ContinuousClock()
    private static let batchSize = 1_000
    private static let warmUp = 3

    init(_ options: Options) async throws {
        self.options = options
        store = MeteringStore(try SQLiteStore(path: options.folder + "/whiplash.db"))
        var settings = DatabaseSettings()
        settings.shardCount = 2
        settings.configurationLifetime = 0
        let database = Database(
            store: store, settings: settings, now: { Int64(Date().timeIntervalSince1970 * 1000) })
        var new = NewCollection(name: "items", featureCount: options.dimension)
        new.filterable = ["declared"]
        collection = try await database.createCollection(new, in: "benchmark")
        queries = try RawVectors(path: options.queries, dimension: options.dimension)
            .rows(0..<options.queryCount)
    }

    func fill() async throws -> Ingested {
        let vectors = try RawVectors(path: options.base, dimension: options.dimension)
        let began = clock.now
        for start in stride(from: 0, to: options.count, by: Self.batchSize) {
            let rows = try vectors.rows(start..<min(start + Self.batchSize, options.count))
            try await collection.insert(
                try rows.enumerated().map { row in
                    let number = Self.number(start + row.offset)
                    let text = "{\"declared\":\(number),\"undeclared\":\(number)}"
                    return Item(
                        id: String(start + row.offset), vector: row.element,
                        metadata: try .init(parsing: text))
                })
        }
        return Ingested(seconds: seconds(clock.now - began), items: options.count)
    }

    /// Spread evenly over 0 to 9,999. Source: D. Knuth, "The Art of Computer Programming", volume 3, multiplicative hashing.
    private static func number(_ item: Int) -> Int {
        ((item &* 2_654_435_761 & 0xFFFF_FFFF) * 10_000) >> 32
    }

    /// One query after the other, until all are asked, or the time is up and `atLeast` of them are.
    func search(_ command: FilterCommand) async throws -> Searched {
        var request = SearchRequest(query: [])
        request.limit = options.limit
        if let key = command.key {
            request.filter = .holds(key, .compare(.below, .number(Double(command.below ?? 0))))
        }
        for query in queries.suffix(Self.warmUp) { _ = try await answer(query, request) }
        var searched = Searched()
        let deadline = clock.now + .seconds(command.seconds)
        for query in queries {
            _ = store.taken()
            let began = clock.now
            let ids = try await answer(query, request)
            let ended = clock.now
            searched.milliseconds.append(seconds(ended - began) * 1000)
            searched.ids.append(ids)
            searched.read.append(store.taken())
            if ended > deadline, searched.ids.count >= command.atLeast { break }
        }
        return searched
    }

    private func answer(_ query: [Float], _ request: SearchRequest) async throws -> [Int] {
        var request = request
        request.query = query
        return try await collection.search(request).map { Int($0.item.id) ?? -1 }
    }
}

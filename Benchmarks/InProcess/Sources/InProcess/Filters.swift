import Foundation
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
    private let metered: MeteredCollection

    init(_ options: Options) async throws {
        var new = NewCollection(name: "items", featureCount: options.dimension)
        new.filterable = ["declared"]
        metered = try await MeteredCollection(new, options)
    }

    func fill() async throws -> Ingested {
        let count = metered.options.count
        let taken = try await metered.insert(count, batchSize: 1_000) { place, vector in
            let number = Self.number(place)
            let text = "{\"declared\":\(number),\"undeclared\":\(number)}"
            return Item(id: String(place), vector: vector, metadata: try .init(parsing: text))
        }
        return Ingested(seconds: taken, items: count)
    }

    /// Spread evenly over 0 to 9,999. Source: D. Knuth, "The Art of Computer Programming", volume 3, multiplicative hashing.
    private static func number(_ item: Int) -> Int {
        ((item &* 2_654_435_761 & 0xFFFF_FFFF) * 10_000) >> 32
    }

    func search(_ command: FilterCommand) async throws -> Searched {
        var request = SearchRequest(query: [])
        if let key = command.key {
            request.filter = .holds(key, .compare(.below, .number(Double(command.below ?? 0))))
        }
        return try await metered.search(request, seconds: command.seconds, atLeast: command.atLeast)
    }
}

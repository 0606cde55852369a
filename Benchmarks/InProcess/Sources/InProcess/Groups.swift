import Foundation
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
    private let metered: MeteredCollection

    init(_ options: Options) async throws {
        var new = NewCollection(name: "users", featureCount: options.dimension)
        (new.grouping, new.vectorType) = (true, options.vectorType == "float16" ? .float16 : .float32)
        metered = try await MeteredCollection(new, options)
    }

    func insert(_ items: Int) async throws -> Inserted {
        let taken = try await metered.insert(items, batchSize: 500) { place, vector in
            Item(id: String(place), vector: vector, group: "user \(items)")
        }
        return Inserted(seconds: taken)
    }

    func search(_ command: GroupCommand) async throws -> Searched {
        var request = SearchRequest(query: [])
        request.group = "user \(command.items)"
        return try await metered.search(request, seconds: command.seconds ?? 1, atLeast: command.atLeast ?? 1)
    }
}

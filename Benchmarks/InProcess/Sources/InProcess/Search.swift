import Whiplash

/// Opens the collection and answers commands until there are no more.
func search(_ options: Options) async throws {
    let queries = try RawVectors(path: options.queries, dimension: options.dimension)
        .rows(0..<options.queryCount)
    let clock = ContinuousClock()
    let began = clock.now
    let searches = Searches(
        collection: try await openCollection(options, create: false), queries: queries, limit: options.limit)
    _ = try await searches.answer(0, searches.request(nil))
    try say(Opened(firstAnswerMs: seconds(clock.now - began) * 1000))
    while let command = try nextCommand() {
        switch command.do {
        case .latency: try say(try await searches.latencies(command))
        case .throughput: try say(try await searches.throughput(command))
        }
    }
}

private struct Searches: Sendable {
    let collection: VectorCollection
    let queries: [[Float]]
    let limit: Int
    private let clock = ContinuousClock()
    private static let warmUp = 20

    init(collection: VectorCollection, queries: [[Float]], limit: Int) {
        (self.collection, self.queries, self.limit) = (collection, queries, limit)
    }

    /// A request but for its query.
    func request(_ setting: Command.Setting?) -> SearchRequest {
        var request = SearchRequest(query: [])
        request.limit = limit
        request.exact = setting?.exact ?? false
        request.targetRecall = setting?.targetRecall
        request.eventual = setting?.consistency == "eventual"
        return request
    }

    func answer(_ position: Int, _ request: SearchRequest) async throws -> [Match] {
        var request = request
        request.query = queries[position % queries.count]
        return try await collection.search(request)
    }

    /// One query after the other, until all are asked, or the time is up and `atLeast` of them are.
    func latencies(_ command: Command) async throws -> Latencies {
        let request = request(command.setting)
        try await warmUp(request)
        var measured = Latencies()
        let deadline = clock.now + .seconds(command.seconds)
        for position in queries.indices {
            let began = clock.now
            let matches = try await answer(position, request)
            let ended = clock.now
            measured.milliseconds.append(seconds(ended - began) * 1000)
            measured.ids.append(matches.map { Int($0.item.id) ?? -1 })
            if ended > deadline, measured.ids.count >= command.atLeast ?? 1 { break }
        }
        return measured
    }

    /// Tasks that each ask one query after the other, all at the same time.
    func throughput(_ command: Command) async throws -> Throughput {
        let request = request(command.setting)
        let clients = command.clients ?? 1
        try await warmUp(request)
        let began = clock.now
        let deadline = began + .seconds(command.seconds)
        let answered = try await withThrowingTaskGroup { group in
            for client in 0..<clients {
                group.addTask {
                    var (position, answered) = (client * queries.count / clients, 0)
                    while clock.now < deadline {
                        _ = try await answer(position, request)
                        (position, answered) = (position + 1, answered + 1)
                    }
                    return answered
                }
            }
            return try await group.reduce(0, +)
        }
        return Throughput(answered: answered, seconds: seconds(clock.now - began))
    }

    private func warmUp(_ request: SearchRequest) async throws {
        for position in 0..<Self.warmUp {
            _ = try await answer(queries.count - 1 - position % queries.count, request)
        }
    }
}

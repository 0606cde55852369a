import AWS
import HTTPClient
import Loopback
import Storage
import StorageDynamoDB
import Testing

/// Kept connections that died without a word, over real sockets: the first request into one costs a wait, and no other does.
@Suite(.timeLimit(.minutes(1))) struct DeadConnectionTests {
    let server: LoopbackServer
    let store: DynamoDBStore
    let table = TableName("table")
    /// How long before the timeout of a whole attempt a call has to be through.
    let soon: Duration

    init() throws {
        server = try LoopbackServer()
        let settings = try AWSSettings(environment: [
            "AWS_ENDPOINT_URL_DYNAMODB": server.url("/json"), "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hush", "HOME": "/nonexistent",
        ])
        var options = DynamoDBStore.Options()
        options.keptConnectionSilence = .seconds(1)
        soon = options.attemptTimeout
        store = try DynamoDBStore(
            settings: settings, transport: CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false)),
            options: options)
    }

    func query() async throws {
        #expect(try await store.query(RangeQuery(table, partition: "p", consistency: .strong)).rows == [])
    }

    func write() async throws {
        try await store.write([.put(Row(key: RowKey(partition: "p", sort: "s"), attributes: [:]), in: table)])
    }

    @Test func readsAndWritesGoOnOverNewConnections() async throws {
        try await query()
        #expect(server.seen.requests.count == 1)
        server.silence()
        let start = ContinuousClock.now
        try await query()
        #expect(server.seen.requests.count == 3)
        for _ in 0..<3 {
            try await query()
            try await write()
        }
        #expect(server.seen.requests.count == 9)
        #expect(server.seen.connections == 2)
        server.silence()
        try await write()
        #expect(server.seen.requests.count == 11)
        #expect(start.duration(to: .now) < soon)
    }

    @Test("Of a pool of dead connections each is tried once at most, all at a time")
    func pool() async throws {
        func queryInParallel() async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await query() } }
                try await group.waitForAll()
            }
        }
        try await queryInParallel()
        let opened = server.seen.connections
        server.silence()
        let start = ContinuousClock.now
        try await query()
        #expect(server.seen.requests.count == 10)
        try await queryInParallel()
        #expect(server.seen.requests.count == 18)
        #expect(server.seen.connections > opened)
        #expect(start.duration(to: .now) < soon)
    }
}

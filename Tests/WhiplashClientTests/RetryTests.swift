import HTTPClient
import Storage
import Synchronization
import Testing
import Whiplash

@testable import WhiplashClient

@Suite struct RetryTests {
    @Test("Waits double up to the cap, are drawn from zero up, and end with the attempts")
    func waits() {
        let policy = RetryPolicy()
        let longest = (1...8).map { policy.wait(after: $0, chance: 1) }
        #expect(
            longest == [100, 200, 400, 800, 1_600, 3_200, 6_400, nil].map { $0.map { .milliseconds($0) } })
        #expect(policy.wait(after: 3, chance: 0) == .zero)
        var long = policy
        long.attempts = 30
        #expect(long.wait(after: 25, chance: 1) == .seconds(10))
    }

    @Test("Retry-After is waited for, with jitter on top and within reason")
    func retryAfter() async throws {
        #expect(RetryPolicy().wait(after: 1, asked: .seconds(3), chance: 1) == .milliseconds(3_100))
        #expect(RetryPolicy().wait(after: 1, asked: .seconds(3600), chance: 0) == .seconds(60))
        let (transport, waits) = (APITransport(), Waits())
        transport.fail { number, _ in number == 0 ? .status(429, headers: [("retry-after", "2")]) : nil }
        _ = try await transport.remote(waits: waits).projects()
        #expect(waits.all == [.milliseconds(2_050)])
    }

    @Test(
        "What fails for a while is asked for again",
        arguments: ["429", "500", "502", "503", "504", "lost", "answer lost", "gateway timeout"])
    func asksAgain(kind: String) async throws {
        let (transport, waits) = (APITransport(), Waits())
        let fault = fault(kind)
        let database = try transport.remote(waits: waits)
        let collection = try await database.createCollection(
            NewCollection(name: "c", featureCount: 3), in: "p")
        transport.fail { number, _ in number < 3 ? fault : nil }
        try await collection.insert(items(0..<10))
        #expect(transport.requests.count == 4)
        #expect(waits.all == [.milliseconds(50), .milliseconds(100), .milliseconds(200)])
        #expect(try await collection.items(ids: ["item 9"]) == Array(items(9..<10)))
    }

    private func fault(_ kind: String) -> APITransport.Fault {
        switch kind {
        case "lost": .lost
        case "answer lost": .answerLost
        case "gateway timeout": .timedOutAtGateway
        default: .status(Int(kind) ?? 500)
        }
    }

    @Test("What fails for ever is given up after eight attempts, with an error that says where")
    func givesUp() async throws {
        let transport = APITransport()
        transport.fail { _, _ in .lost }
        let database = try transport.remote()
        let thrown = await error { _ = try await database.projects() }
        #expect("\(thrown as Any)".contains("http://whiplash.test"))
        #expect(transport.requests.count == 8)
    }

    @Test("What would fail again is not asked for again", arguments: [400, 401, 403, 404, 413])
    func asksOnce(status: Int) async throws {
        let transport = APITransport()
        transport.fail { _, _ in .status(status, body: #"{"message": "Forbidden"}"#) }
        let database = try transport.remote()
        #expect(await error { _ = try await database.projects() } != nil)
        #expect(transport.requests.count == 1)
    }

    @Test("Missing rights and unreadable rows are not asked for again, though they are a 500")
    func asksOnceForLastingFaults() async throws {
        for code in ["misconfigured", "unreadable"] {
            let transport = APITransport()
            transport.fail { _, _ in
                .status(500, body: #"{"error": {"status": 500, "code": "\#(code)", "message": "So."}}"#)
            }
            let database = try transport.remote()
            #expect(await error { _ = try await database.projects() } != nil)
            #expect(transport.requests.count == 1)
        }
    }

    @Test("Creating and deleting whose answers were lost succeed at the second attempt")
    func lostAnswers() async throws {
        for fault in [APITransport.Fault.answerLost, .timedOutAtGateway] {
            let transport = APITransport()
            let database = try transport.remote()
            transport.fail { number, _ in number == 0 ? fault : nil }
            #expect(try await database.createProject("p").name == "p")
            transport.fail { number, _ in number == 0 ? fault : nil }
            let made = try await database.createCollection(NewCollection(name: "c", featureCount: 3), in: "p")
            #expect(made.configuration.featureCount == 3)
            transport.fail { number, _ in number == 0 ? fault : nil }
            try await database.deleteCollection("c", in: "p")
            transport.fail { number, _ in number == 0 ? fault : nil }
            try await database.deleteProject("p")
        }
    }

    @Test("A collection that another made while the answer was lost is not taken for ours")
    func anothersCollection() async throws {
        let transport = APITransport()
        let database = try transport.remote()
        _ = try await database.createCollection(NewCollection(name: "c", featureCount: 4), in: "p")
        transport.fail { number, _ in number == 0 ? .lost : nil }
        let thrown = await error {
            _ = try await database.createCollection(NewCollection(name: "c", featureCount: 3), in: "p")
        }
        guard case .alreadyExists(.collection, name: "c") = thrown else {
            Issue.record("received \(thrown as Any)")
            return
        }
    }

    @Test("A key that is refused, and an address that is no API, say so and show no key")
    func refusals() async throws {
        let transport = APITransport()
        let wrong = try transport.remote(apiKey: "not-the-key")
        let refused = await error { _ = try await wrong.projects() }
        guard case .store(.forbidden) = refused else {
            Issue.record("received \(refused as Any)")
            return
        }
        transport.fail { _, _ in .status(404, body: "<html>Not Found</html>") }
        let elsewhere = await error { _ = try await wrong.projects() }
        #expect("\(elsewhere as Any)".contains("no Whiplash API at this address"))
        var dumped = ""
        dump(wrong, to: &dumped)
        for text in ["\(refused as Any)", "\(elsewhere as Any)", "\(wrong)", dumped] {
            #expect(!text.contains("not-the-key"))
        }
    }

    @Test(arguments: ["", "whiplash", "ftp://a", "http://a b", "http://a?x=1", "http://a\u{e9}"])
    func refusesWhatIsNoURL(url: String) {
        #expect(throws: WhiplashError.self) {
            try RemoteDatabase(url: url, apiKey: "k", transport: APITransport())
        }
    }

    @Test("A random tenth of all requests fails in every way, and nothing is lost", arguments: 0..<3)
    func randomFaults(seed: Int) async throws {
        let transport = APITransport()
        let database = try transport.remote { $0.batchSize = 10 }
        let collection = try await database.createCollection(
            NewCollection(name: "c", featureCount: 3), in: "p")
        let chance = Mutex(UInt64(seed) &+ 1)
        transport.fail { _, _ in
            let drawn = chance.withLock { state in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(state >> 33) % 50
            }
            return switch drawn {
            case 0: .status(429, headers: [("Retry-After", "1")])
            case 1: .status(503)
            case 2: .lost
            case 3: .answerLost
            case 4: .timedOutAtGateway
            default: nil
            }
        }
        try await collection.insert(items(0..<800))
        _ = try await collection.delete(ids: (0..<500).map { "item \($0)" })
        let found = try await collection.items(ids: (0..<800).map { "item \($0)" })
        #expect(found.prefix(500).allSatisfy { $0 == nil })
        #expect(found.dropFirst(500).compactMap(\.self) == items(500..<800), "seed \(seed)")
    }
}

import Foundation
import Loopback
import Synchronization
import Testing

@testable import HTTPClient

/// Connections that died without a word, as they do while a function is frozen.
@Suite(.timeLimit(.minutes(1))) struct KeptConnectionTests {
    let server: LoopbackServer
    let transport: CurlTransport

    init() throws {
        server = try LoopbackServer()
        transport = try CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false))
    }

    func get(
        _ path: String, over transport: CurlTransport? = nil, silence: Duration? = .seconds(1),
        onNewConnection: Bool = false
    ) async throws(HTTPTransportError) -> String {
        let request = HTTPRequest(
            method: "GET", url: server.url(path), timeout: .seconds(30), needsNewConnection: onNewConnection,
            keptConnectionSilence: silence)
        return String(decoding: try await (transport ?? self.transport).send(request).body, as: UTF8.self)
    }

    @Test("A kept connection without an answer ends the request long before its timeout")
    func silence() async throws {
        _ = try await get("/connection")
        server.silence()
        await #expect { try await get("/connection") } throws: { error in
            if case .connection? = error as? HTTPTransportError { true } else { false }
        }
        #expect(try await get("/connection", onNewConnection: true) == "2")
    }

    @Test("When one kept connection is dead, others that have been idle for as long are not tried")
    func distrust() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await get("/slow") } }
            try await group.waitForAll()
        }
        #expect(server.seen.connections == 8)
        server.silence()
        await #expect(throws: HTTPTransportError.self) { try await get("/connection") }
        for _ in 0..<9 { #expect(try await get("/connection") == "9") }
        #expect(server.seen.requests.count == 8 + 1 + 9)
    }

    @Test("A new connection may take its time")
    func slowAnswerOnNewConnection() async throws {
        #expect(try await get("/slow", silence: .milliseconds(100)) == "slow")
    }

    @Test("Without a limit of its own a kept connection may, too")
    func slowAnswerOnKeptConnection() async throws {
        for _ in 0..<2 { #expect(try await get("/slow", silence: nil) == "slow") }
        #expect(server.seen.connections == 1)
    }

    @Test("Waiting for a connection to come free is no silence")
    func waitingForAConnection() async throws {
        var options = CurlTransport.Options(usesEnvironmentProxy: false)
        options.connectionsPerHost = 1
        let transport = try CurlTransport(options)
        async let slow = get("/slow", over: transport)
        while server.seen.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        #expect(try await get("/connection", over: transport, silence: .milliseconds(250)) == "1")
        #expect(try await slow == "slow")
    }

    @Test("After a freeze, which the wall clock alone may tell, a process begins with new connections")
    func wallClock() async throws {
        let now = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
        let transport = try CurlTransport(
            CurlTransport.Options(usesEnvironmentProxy: false), wallClock: { now.withLock { $0 } })
        #expect(try await get("/connection", over: transport) == "1")
        now.withLock { $0 += 40 }
        #expect(try await get("/connection", over: transport) == "1")
        now.withLock { $0 += 60 }
        server.silence()
        #expect(try await get("/connection", over: transport) == "2")
        #expect(try await get("/connection", over: transport) == "2")
        // Set back, as clocks are.
        now.withLock { $0 -= 3600 }
        #expect(try await get("/connection", over: transport) == "2")
    }

    @Test func idlenessIsLimitedByLifetimeAndSilence() {
        var connections = KeptConnections(lifetime: .seconds(50))
        let start = SuspendingClock.now
        #expect(connections.idleSeconds(at: start) == 50)
        connections.recordSilence(since: start)
        // What was idle before is older than what libcurl is told, in its whole seconds.
        let seconds = [0, 0.5, 1.9, 2, 2.5, 10, 51, 100].map { seconds in
            connections.idleSeconds(at: start + .seconds(seconds))
        }
        #expect(seconds == [0, 0, 0, 1, 1, 9, 50, 50])
        connections.recordSilence(since: start - .seconds(5))
        #expect(connections.idleSeconds(at: start + .seconds(10)) == 9)
    }
}

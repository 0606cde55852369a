import HTTPClient
import Loopback
import Testing

/// Over real sockets on loopback: what goes on the wire, and what becomes of each way to fail.
@Suite(.timeLimit(.minutes(1))) struct CurlTransportTests {
    let server: LoopbackServer
    let transport: CurlTransport

    init() throws {
        server = try LoopbackServer()
        transport = try CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false))
    }

    func get(_ path: String, timeout: Duration? = .seconds(10)) async throws(HTTPTransportError)
        -> HTTPResponse
    {
        try await transport.send(HTTPRequest(method: "GET", url: server.url(path), timeout: timeout))
    }

    @Test func sendsJustWhatWasAsked() async throws {
        let request = HTTPRequest(
            method: "POST", url: server.url("/a/../b%20c?d=%2F"),
            headers: [("X-One", "1"), ("X-Empty", ""), ("x-one", "2")], body: Array("hello".utf8),
            timeout: nil)
        let response = try await transport.send(request)
        let expected = """
            POST /a/../b%20c?d=%2F HTTP/1.1\r
            Host: 127.0.0.1:\(server.port)\r
            X-One: 1\r
            X-Empty:\r
            x-one: 2\r
            Content-Length: 5\r
            \r
            hello
            """
        #expect(String(decoding: response.body, as: UTF8.self) == expected)
        #expect(response.status == 404)
        #expect(response.header("x-PATH") == "/a/../b%20c?d=%2F")
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH"]) func anEmptyBodyHasLengthZero(method: String)
        async throws
    {
        let response = try await transport.send(
            HTTPRequest(method: method, url: server.url("/x"), timeout: nil))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(
            text == "\(method) /x HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 0\r\n\r\n")
    }

    @Test func aGetMayCarryABody() async throws {
        let request = HTTPRequest(method: "GET", url: server.url("/x"), body: Array("{}".utf8), timeout: nil)
        let text = String(decoding: try await transport.send(request).body, as: UTF8.self)
        #expect(text == "GET /x HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 2\r\n\r\n{}")
    }

    @Test func aHeadHasNoBody() async throws {
        for _ in 0..<2 {
            let request = HTTPRequest(method: "HEAD", url: server.url("/encoded"), timeout: .seconds(10))
            let response = try await transport.send(request)
            #expect(response.header("Content-Length") == "3")
            #expect(response.body == [])
        }
        #expect(try await get("/chunked").body == Array("abcdefg".utf8))
    }

    @Test func aBodyOverOneMegabyteGoesAtOnceAndWhole() async throws {
        let body = [UInt8](repeating: 0x61, count: 3_000_000)
        let request = HTTPRequest(method: "POST", url: server.url("/x"), body: body, timeout: .seconds(30))
        let response = try await transport.send(request)
        #expect(response.body.suffix(body.count) == body[...])
        #expect(!String(decoding: response.body.prefix(500), as: UTF8.self).contains("Expect"))
    }

    @Test func interimAnswersAreSkipped() async throws {
        let response = try await get("/interim")
        #expect(response.status == 200)
        #expect(response.headers.map(\.name) == ["X-Late", "Content-Length"])
    }

    @Test func chunksAreJoined() async throws {
        #expect(try await get("/chunked").body == Array("abcdefg".utf8))
    }

    @Test func encodedBodiesComeAsTheyAre() async throws {
        #expect(try await get("/encoded").body == Array("raw".utf8))
    }

    @Test func redirectsAreNotFollowed() async throws {
        #expect(try await get("/redirect").status == 302)
    }

    @Test func oneConnectionServesRequestsInARow() async throws {
        for _ in 0..<20 { #expect(try await get("/connection").body == Array("1".utf8)) }
        #expect(server.seen.connections == 1)
    }

    @Test func manyRequestsRunAtATime() async throws {
        // More than there are connections allowed, threads in the pool, or processors.
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<200 { group.addTask { try await get("/\(index)").status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == [Int](repeating: 404, count: 200))
        #expect(server.seen.connections <= 64)
    }

    @Test("A kept connection that the server has closed is replaced unseen")
    func closedConnectionIsReplaced() async throws {
        for _ in 0..<3 { #expect(try await get("/once").body == Array("ok".utf8)) }
    }

    @Test(arguments: ["/drop", "/half"]) func aBrokenAnswerIsAConnectionError(path: String) async throws {
        await #expect { try await get(path) } throws: { error in
            if case .connection? = error as? HTTPTransportError { true } else { false }
        }
    }

    @Test func nobodyListeningIsAConnectionError() async throws {
        server.stop()
        await #expect { try await get("/x") } throws: { error in
            if case .connection? = error as? HTTPTransportError { true } else { false }
        }
    }

    @Test func aSlowAnswerTimesOut() async throws {
        let start = ContinuousClock.now
        await #expect { try await get("/never", timeout: .milliseconds(200)) } throws: { error in
            if case .timedOut? = error as? HTTPTransportError { true } else { false }
        }
        #expect(start.duration(to: .now) >= .milliseconds(150))
    }

    @Test func noTimeLeftSendsNothing() async throws {
        await #expect { try await get("/x", timeout: .zero) } throws: { error in
            if case .timedOut? = error as? HTTPTransportError { true } else { false }
        }
        #expect(server.seen.requests == [])
    }

    @Test("Cancelling ends an endless wait, and the transport goes on")
    func cancellation() async throws {
        let waiting = Task { try await get("/never", timeout: nil) }
        while server.seen.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        waiting.cancel()
        await #expect { try await waiting.value } throws: { error in
            if case .cancelled? = error as? HTTPTransportError { true } else { false }
        }
        #expect(try await get("/connection").body == Array("2".utf8))
        while server.seen.closed == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func cancellingAtAnyMomentNeverHangs() async throws {
        for yields in 0..<200 {
            let task = Task { try await get("/never", timeout: nil) }
            for _ in 0..<yields { await Task.yield() }
            task.cancel()
            await #expect(throws: HTTPTransportError.self) { try await task.value }
        }
    }

    @Test func aBodyOverTheLimitIsRefused() async throws {
        var options = CurlTransport.Options(usesEnvironmentProxy: false)
        options.bodyBytes = 6
        let transport = try CurlTransport(options)
        let request = HTTPRequest(method: "GET", url: server.url("/chunked"), timeout: nil)
        await #expect { try await transport.send(request) } throws: { error in
            if case .answerTooLarge(6)? = error as? HTTPTransportError { true } else { false }
        }
    }

    @Test(arguments: ["a\r\nX-Evil: 1", "a\nb", "a\0b"]) func aLineBreakInAHeaderIsRefused(value: String)
        async throws
    {
        let request = HTTPRequest(
            method: "GET", url: server.url("/x"), headers: [("X-A", value)], timeout: nil)
        await #expect { try await transport.send(request) } throws: { error in
            if case .unsendable? = error as? HTTPTransportError { true } else { false }
        }
        #expect(server.seen.requests == [])
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "no url", ""])
    func onlyHTTPIsSpoken(url: String) async throws {
        await #expect {
            try await transport.send(HTTPRequest(method: "GET", url: url, timeout: nil))
        } throws: { error in
            switch error as? HTTPTransportError {
            case .unsendable?, .connection?: true
            default: false
            }
        }
    }

    @Test func aTransportLetGoEndsWithoutHarm() async throws {
        for _ in 0..<50 {
            let transport = try CurlTransport()
            _ = try await transport.send(HTTPRequest(method: "GET", url: server.url("/x"), timeout: nil))
        }
        while server.seen.closed < 50 { try await Task.sleep(for: .milliseconds(1)) }
    }
}

import AWS
import Foundation
import HTTPClient
import Storage
import Testing

@testable import StorageDynamoDB

/// What the store does when DynamoDB refuses, fails or is not heard.
@Suite struct RetryTests {
    let table = TableName("table")
    let row = Row(key: RowKey(partition: "p", sort: "s"), attributes: ["a": .integer(1)])
    let time = ManualTime()

    var put: Write { .put(row, in: table) }

    @Test(arguments: [
        "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
    ]) func throttlingIsWaitedOut(code: String) async throws {
        let transport = ScriptedTransport(
            ScriptedTransport.exception(code), ScriptedTransport.exception(code), ScriptedTransport.done)
        try await DynamoDBStore(transport, time: time).write([put])
        #expect(transport.requests.count == 3)
        #expect(time.sleeps.withLock { $0 } == [.milliseconds(50), .milliseconds(100)])
    }

    @Test func throttlingWithoutEndIsToldAsSuch() async throws {
        let transport = ScriptedTransport(ScriptedTransport.exception("ThrottlingException"))
        let store = try DynamoDBStore(transport, time: time)
        await #expect { try await store.write([put]) } throws: { error in
            if case .throttled? = error as? StoreError { true } else { false }
        }
        #expect(transport.requests.count == RetryPolicy().attempts)
    }

    @Test(arguments: [500, 502, 503]) func aFailureOfTheServiceIsTriedAgain(status: Int) async throws {
        let transport = ScriptedTransport(
            { _ in HTTPResponse(status: status, body: Array("<html>bad gateway</html>".utf8)) },
            ScriptedTransport.done)
        try await DynamoDBStore(transport, time: time).write([put])
        #expect(transport.requests.count == 2)
    }

    @Test(arguments: ["ValidationException", "SerializationException", "AccessDeniedException"])
    func aRefusalIsFinal(code: String) async throws {
        let transport = ScriptedTransport(ScriptedTransport.exception(code))
        let store = try DynamoDBStore(transport, time: time)
        await #expect(throws: StoreError.self) { try await store.write([put]) }
        #expect(transport.requests.count == 1)
    }

    @Test func aLostAnswerIsAskedForAgainAtOnce() async throws {
        let transport = ScriptedTransport(
            ScriptedTransport.lost, ScriptedTransport.lost, ScriptedTransport.done)
        try await DynamoDBStore(transport, time: time).write([put])
        #expect(time.sleeps.withLock { $0 } == [.zero, .milliseconds(12.5)])
    }

    @Test("What follows an attempt without an answer goes over new connections")
    func newConnections() async throws {
        let transport = ScriptedTransport(
            ScriptedTransport.exception("ThrottlingException"), ScriptedTransport.lost,
            ScriptedTransport.exception("ThrottlingException"), ScriptedTransport.done)
        let store = try DynamoDBStore(transport, time: time)
        try await store.write([put])
        try await store.write([put])
        #expect(transport.requests.map(\.needsNewConnection) == [false, false, true, true, false])
    }

    @Test("A large body has longer until silence counts")
    func patienceForLargeBodies() async throws {
        let transport = ScriptedTransport(ScriptedTransport.done)
        let bytes = [UInt8](repeating: 0, count: 300_000)
        let large = Row(key: RowKey(partition: "p", sort: "l"), attributes: ["b": .bytes(bytes)])
        let store = try DynamoDBStore(transport, time: time)
        try await store.write([put])
        try await store.write([.put(large, in: table)])
        let patience = transport.requests.compactMap(\.keptConnectionSilence)
        #expect(patience[0] < .seconds(2.1) && patience[1] > .seconds(6))
    }

    @Test func eachAttemptIsSignedAnew() async throws {
        let slow: ScriptedTransport.Step = { [time] _ throws(HTTPTransportError) in
            time.advance(3)
            throw .timedOut
        }
        let transport = ScriptedTransport(slow, slow, ScriptedTransport.done)
        try await DynamoDBStore(transport, time: time).write([put])
        let dates = transport.requests.map { request in
            request.headers.filter { $0.name == "X-Amz-Date" }.map(\.value)
        }
        #expect(dates == [["20270115T080000Z"], ["20270115T080003Z"], ["20270115T080006Z"]])
        let signatures = Set(transport.requests.compactMap { $0.headers.last?.value })
        #expect(signatures.count == 3)
    }

    @Test("A call ends within its deadline, and no attempt outlasts it")
    func deadline() async throws {
        let start = time.now.withLock { $0 }
        let slow: ScriptedTransport.Step = { [time] request throws(HTTPTransportError) in
            time.advance((request.timeout ?? .seconds(1000)) / .seconds(1))
            throw .timedOut
        }
        let transport = ScriptedTransport(slow)
        let store = try DynamoDBStore(transport, time: time)
        await #expect { try await store.write([put]) } throws: { error in
            if case .unavailable? = error as? StoreError { true } else { false }
        }
        #expect(time.now.withLock { $0 }.timeIntervalSince(start) <= 25.1)
        #expect(transport.requests.count == 3)
        #expect(transport.requests.allSatisfy { $0.timeout.map { $0 <= .seconds(10.1) } ?? false })
    }

    @Test("A client stops trying again when most of its calls fail")
    func budget() async throws {
        let transport = ScriptedTransport(ScriptedTransport.exception("InternalServerError", status: 500))
        var options = DynamoDBStore.Options()
        options.retryTokens = 14
        let store = try DynamoDBStore(transport, time: time, options: options)
        for _ in 0..<5 { await #expect(throws: StoreError.self) { try await store.write([put]) } }
        #expect(transport.requests.count == 5 + 2)
    }

    @Test func cancellingEndsTheWait() async throws {
        let transport = ScriptedTransport({ _ in
            withUnsafeCurrentTask { $0?.cancel() }
            return HTTPResponse(status: 500)
        })
        let store = try DynamoDBStore(transport, time: time)
        let write = put
        await #expect {
            try await Task { try await store.write(write, if: .absent) }.value
        } throws: { error in
            if case .cancelled? = error as? StoreError { true } else { false }
        }
        #expect(transport.requests.count == 1)
    }

    @Test("Expired credentials are read anew, once")
    func expiredCredentials() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
        func save(_ id: String) throws {
            let text = "[default]\naws_access_key_id=\(id)\naws_secret_access_key=x\naws_session_token=t"
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try save("OLD")
        let transport = ScriptedTransport(
            ScriptedTransport.exception("ExpiredTokenException"), ScriptedTransport.done,
            ScriptedTransport.exception("ExpiredTokenException"))
        let store = try DynamoDBStore(
            transport, time: time, environment: ["AWS_SHARED_CREDENTIALS_FILE": file.path()])
        try save("NEW")
        try await store.write([put])
        let keys = transport.requests.map { $0.headers.last?.value.firstMatch(of: /Credential=([A-Z]+)/)?.1 }
        #expect(keys == ["OLD", "NEW"])
        await #expect { try await store.write([put]) } throws: { error in
            if case .forbidden("ExpiredTokenException")? = error as? StoreError { true } else { false }
        }
        #expect(transport.requests.count == 4)
    }

    @Test("A refused signature's message, which quotes the session token, stays inside")
    func signatureMessagesAreHidden() async throws {
        let transport = ScriptedTransport(
            ScriptedTransport.exception(
                "InvalidSignatureException", message: "The canonical string: x-amz-security-token:hush"))
        let store = try DynamoDBStore(transport, time: time)
        do {
            try await store.write([put])
            Issue.record("no error")
        } catch {
            #expect("\(error)" == #"forbidden(reason: "InvalidSignatureException")"#)
        }
    }
}

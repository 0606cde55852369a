import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import LambdaRuntime

@Suite("The runtime loop, over a socket")
struct RuntimeLoopTests {
    @Test("An event's bytes go to the handler and its answer to the response of that request")
    func answersEvents() async throws {
        let run = try LoopRun([.event("{\"n\":1}", id: "first"), .event("{\"n\":2}", id: "second")])
        try await run.echo()
        #expect(
            run.api.received.map { "\($0.method) \($0.path)" } == [
                "GET /2018-06-01/runtime/invocation/next",
                "POST /2018-06-01/runtime/invocation/first/response",
                "GET /2018-06-01/runtime/invocation/next",
                "POST /2018-06-01/runtime/invocation/second/response",
                "GET /2018-06-01/runtime/invocation/next",
            ])
        #expect(run.api.posts.map(\.text) == ["{\"n\":1}", "{\"n\":2}"])
    }

    @Test("One connection serves the whole life")
    func keepsItsConnection() async throws {
        let run = try LoopRun((1...50).map { .event(id: "request-\($0)") })
        try await run.echo()
        #expect(run.api.posts.count == 50)
        #expect(run.api.connections == 1)
    }

    @Test("Headers are read whatever their case, and told to the handler")
    func readsHeaders() async throws {
        let deadline = LoopRun.now + 5000
        let run = try LoopRun([
            .answer(
                200,
                headers: [
                    "lambda-runtime-aws-request-id: r", "LAMBDA-RUNTIME-DEADLINE-MS: \(deadline)",
                    "lambda-Runtime-trace-ID: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1",
                ], body: [UInt8(ascii: "{"), UInt8(ascii: "}")])
        ])
        let seen = Mutex<Invocation?>(nil)
        try await run.run { invocation in
            seen.withLock { $0 = invocation }
            return []
        }
        let invocation = try #require(seen.withLock { $0 })
        #expect(invocation.requestID == "r")
        #expect(invocation.deadline == deadline)
        #expect(invocation.traceID == "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1")
        #expect(invocation.event == Array("{}".utf8))
    }

    @Test("An event without deadline and trace is answered")
    func toleratesMissingHeaders() async throws {
        let run = try LoopRun([.answer(200, headers: ["Lambda-Runtime-Aws-Request-Id: r"])])
        try await run.echo()
        #expect(run.api.posts.map(\.path) == ["/2018-06-01/runtime/invocation/r/response"])
    }

    @Test("The invocation id is sent back as it came, with answers and errors; none when none came")
    func echoesInvocationID() async throws {
        let header = "Lambda-Runtime-Invocation-Id"
        let run = try LoopRun([
            .event("good", headers: ["\(header): 0c9b-1"]), .event("bad", headers: ["\(header): 0c9b-2"]),
            .event("good"),
        ])
        try await run.run { invocation throws(InvocationFailure) in
            if invocation.event == Array("bad".utf8) {
                throw InvocationFailure(type: "Function.Bad", message: "bad")
            }
            return invocation.event
        }
        #expect(run.api.posts.map { $0.header(header) } == ["0c9b-1", "0c9b-2", nil])
    }

    @Test("A failure is told in Lambda's form: body, and type in the header")
    func reportsFailures() async throws {
        let run = try LoopRun([.event(id: "r")])
        try await run.run { _ throws(InvocationFailure) in
            throw InvocationFailure(type: "Function.BadEvent", message: "It is \"bad\".\n")
        }
        let post = try #require(run.api.posts.first)
        #expect(post.path == "/2018-06-01/runtime/invocation/r/error")
        #expect(post.header("Lambda-Runtime-Function-Error-Type") == "Function.BadEvent")
        #expect(
            post.text
                == #"{"errorMessage":"It is \"bad\".\n","errorType":"Function.BadEvent","stackTrace":[]}"#)
    }

    @Test("An event of 6 MB comes whole, and an answer of 6 MB goes whole")
    func movesLargeBodies() async throws {
        let size = 6 * 1024 * 1024
        let body = String(repeating: "x", count: size)
        let run = try LoopRun([.event(body)])
        try await run.echo()
        let post = try #require(run.api.posts.first)
        #expect(post.path.hasSuffix("/response"))
        #expect(post.body == Array(body.utf8))
    }

    @Test("An answer beyond 6 MB is not sent; the error tells both sizes")
    func holdsBackOversizedAnswers() async throws {
        let run = try LoopRun([.event(), .event("next")])
        try await run.run { invocation in
            invocation.event.count > 2 ? invocation.event : [UInt8](repeating: 32, count: 6_291_457)
        }
        #expect(run.api.posts.map { $0.path.split(separator: "/").last } == ["error", "response"])
        let post = try #require(run.api.posts.first)
        #expect(post.header("Lambda-Runtime-Function-Error-Type") == "Function.ResponseSizeTooLarge")
        #expect(post.text.contains("6291457") && post.text.contains("6291456"))
    }
}

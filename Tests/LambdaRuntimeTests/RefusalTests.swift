import Foundation
import HTTPClient
import Logging
import Testing

@testable import LambdaRuntime

@Suite("The runtime loop when the Runtime API refuses or fails")
struct RefusalTests {
    /// 400 for a request it does not know, 403 for a second answer, 410 for another delivery, 413 for too large a one.
    @Test(
        "After a refused answer no error is sent, and the next event is taken",
        arguments: [400, 403, 410, 413])
    func goesOn(status: Int) async throws {
        let run = try LoopRun(
            [.event(id: "first"), .event(id: "second")],
            replies: [.answer(status, body: Array("{\"errorType\":\"Refused\"}".utf8))])
        try await run.echo()
        #expect(
            run.api.posts.map(\.path) == [
                "/2018-06-01/runtime/invocation/first/response",
                "/2018-06-01/runtime/invocation/second/response",
            ])
        #expect(
            run.lines.first == "error: the Runtime API refused an answer requestId=first status=\(status)")
    }

    @Test("500 to an answer ends the loop at once")
    func endsAfterContainerErrorOnAnswer() async throws {
        let run = try LoopRun([.event(), .event()], replies: [.answer(500)])
        try await run.echo()
        #expect(run.api.received.map(\.method) == ["GET", "POST"])
    }

    @Test("500 to next ends the loop at once")
    func endsAfterContainerErrorOnNext() async throws {
        let run = try LoopRun([])
        try await run.echo()
        #expect(run.api.received.map(\.method) == ["GET"])
    }

    @Test("A lost connection while waiting is made anew")
    func reconnects() async throws {
        let run = try LoopRun([.event(id: "first"), .drop, .event(id: "second")])
        try await run.echo()
        #expect(
            run.api.posts.map(\.path) == [
                "/2018-06-01/runtime/invocation/first/response",
                "/2018-06-01/runtime/invocation/second/response",
            ])
    }

    @Test("An answer lost on its way is sent once more, and a refusal of the second does no harm")
    func sendsLostAnswersAgain() async throws {
        let run = try LoopRun(
            [.event("{\"n\":1}", id: "first"), .event("{\"n\":2}", id: "second")],
            replies: [.breakOff, .answer(403)])
        try await run.echo()
        #expect(run.api.posts.map(\.text) == ["{\"n\":1}", "{\"n\":1}", "{\"n\":2}"])
        #expect(run.lines.first?.hasPrefix("warning: sending an answer again") == true)
    }

    @Test("An event without a request id cannot be answered; the next one is")
    func skipsNamelessEvents() async throws {
        let run = try LoopRun([.answer(200, body: Array("{}".utf8)), .event(id: "named")])
        try await run.echo()
        #expect(run.api.posts.map(\.path) == ["/2018-06-01/runtime/invocation/named/response"])
    }

    @Test("A Runtime API that is not there ends the loop")
    func endsWithoutRuntimeAPI() async throws {
        let loop = RuntimeLoop(
            host: "127.0.0.1:1",
            transport: try CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { LoopRun.now })
        await loop.run { invocation in invocation.event }
    }

    @Test("What goes wrong three times in a row ends the loop; an answer in between starts the count anew")
    func losesPatience() async throws {
        let gone = ScriptedRuntimeAPI.Step.answer(503)
        let run = try LoopRun([gone, gone, .event(id: "one"), gone, gone, gone, .event(id: "two")])
        try await run.echo()
        #expect(run.api.posts.map(\.path) == ["/2018-06-01/runtime/invocation/one/response"])
        #expect(run.api.received.count == 7)
    }

    @Test("A failed start is told to Lambda and to the log")
    func reportsFailedStart() async throws {
        let run = try LoopRun([])
        try await run.loop().failInitialisation(
            InvocationFailure(type: "Runtime.InvalidSettings", message: "STAGE: expected a name"))
        #expect(run.api.posts.map(\.path) == ["/2018-06-01/runtime/init/error"])
        let types = run.api.posts.map { $0.header("Lambda-Runtime-Function-Error-Type") }
        #expect(types == ["Runtime.InvalidSettings"])
        #expect(
            run.api.posts.map(\.text) == [
                #"{"errorMessage":"STAGE: expected a name","errorType":"Runtime.InvalidSettings","stackTrace":[]}"#
            ])
        #expect(run.lines == ["critical: STAGE: expected a name type=Runtime.InvalidSettings"])
    }
}

import Foundation
import HTTPClient
import LambdaRuntime
import Logging
import Synchronization

/// One run of a loop over a scripted Runtime API, to its end.
struct LoopRun {
    let api: ScriptedRuntimeAPI
    private let log = Log()

    init(_ events: [ScriptedRuntimeAPI.Step], replies: [ScriptedRuntimeAPI.Step] = []) throws {
        api = try ScriptedRuntimeAPI(events: events, replies: replies)
    }

    /// The lines that were logged.
    var lines: [String] { log.lines.withLock { $0 } }

    func loop() throws -> RuntimeLoop {
        RuntimeLoop(
            host: api.host, transport: try CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false)),
            logger: Logger(label: "test") { _ in log }, now: { Self.now })
    }

    /// Answers all events with `handler`.
    func run(_ handler: @escaping RuntimeLoop.Handler) async throws { try await loop().run(handler) }

    /// Answers all events with what they hold.
    func echo() async throws { try await run { invocation in invocation.event } }

    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

extension ScriptedRuntimeAPI.Step {
    /// An event as Lambda gives it, with time enough.
    static func event(
        _ body: String = "{}", id: String = "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        milliseconds: Int64 = 30_000, headers: [String] = []
    ) -> Self {
        .answer(
            200,
            headers: [
                "Lambda-Runtime-Aws-Request-Id: \(id)",
                "Lambda-Runtime-Deadline-Ms: \(LoopRun.now + milliseconds)",
                "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:api",
                "Content-Type: application/json",
            ] + headers, body: Array(body.utf8))
    }
}

/// Keeps messages with their metadata.
private struct Log: LogHandler {
    let lines = Lines()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = (event.metadata ?? [:]).map { " \($0)=\($1)" }.sorted().joined()
        lines.withLock { $0.append("\(event.level): \(event.message)\(facts)") }
    }

    final class Lines: Sendable {
        private let kept = Mutex<[String]>([])
        func withLock<Result>(_ body: (inout [String]) -> Result) -> Result { kept.withLock { body(&$0) } }
    }
}

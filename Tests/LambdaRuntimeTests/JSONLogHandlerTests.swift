import Foundation
import Logging
import Synchronization
import Testing

@testable import LambdaRuntime

@Suite("Log lines, as Lambda's JSON log format wants them")
struct JSONLogHandlerTests {
    @Test("A line is one JSON object with time, level, message and facts, and ends there")
    func writesOneObject() throws {
        let line = try #require(lines { $0.warning("m", metadata: ["status": "503"]) }.first)
        #expect(line.filter { $0 == "\n" }.count == 1 && line.hasSuffix("}\n"))
        let object = try parsed(line)
        #expect(Set(object.keys) == ["timestamp", "level", "message", "status"])
        #expect(object["level"] == "WARN")
        #expect(object["message"] == "m")
        #expect(object["status"] == "503")
    }

    @Test("The time is RFC 3339, date and all, and is now")
    func writesTheTime() throws {
        let object = try parsed(try #require(lines { $0.error("m") }.first))
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let time = try #require(formatter.date(from: object["timestamp"] ?? ""))
        #expect(abs(time.timeIntervalSinceNow) < 60)
    }

    @Test("Line breaks, quotes and control characters stay inside the line")
    func escapes() throws {
        let text = "a\nb\r\"c\"\\\u{1}\u{1F}\u{2028}ü"
        let line = try #require(lines { $0.error("\(text)", metadata: ["k\n": "\(text)"]) }.first)
        #expect(line.utf8.filter { $0 < 0x20 } == [0x0A])
        let object = try parsed(line)
        #expect(object["message"] == text && object["k\n"] == text)
    }

    @Test(
        "AWS_LAMBDA_LOG_LEVEL sets what is written",
        arguments: [
            ("TRACE", 7), ("DEBUG", 6), ("INFO", 5), ("WARN", 3), ("ERROR", 2), ("FATAL", 1), ("", 5),
        ])
    func honoursLevel(name: String, count: Int) {
        let environment = name.isEmpty ? [:] : ["AWS_LAMBDA_LOG_LEVEL": name]
        let handler = JSONLogHandler(environment: environment)
        let written = Logger.Level.allCases.filter { $0 >= handler.logLevel }
        #expect(written.count == count)
    }

    @Test("Every level has Lambda's name")
    func namesLevels() throws {
        let written = lines(level: .trace) { logger in
            for level in Logger.Level.allCases { logger.log(level: level, "m") }
        }
        #expect(
            try written.map { try parsed($0)["level"] } == [
                "TRACE", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "FATAL",
            ])
    }

    @Test("A logger's own facts are in every line, and a line's go before them")
    func mergesMetadata() throws {
        let written = lines { logger in
            var logger = logger
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "b"] = "logger"
            logger.error("m", metadata: ["b": "line"])
        }
        let object = try parsed(try #require(written.first))
        #expect(object["a"] == "logger" && object["b"] == "line")
    }

    @Test("What a handler logs, in tasks of its own too, says which invocation it was for")
    func namesTheInvocation() async throws {
        let lines = Lines()
        let logger = Self.logger(lines)
        let run = try LoopRun([.event(id: "first"), .event(id: "second")])
        try await run.run { invocation in
            logger.error("m", metadata: ["event": "\(invocation.requestID)"])
            await withTaskGroup(of: Void.self) { group in
                group.addTask { logger.error("m", metadata: ["event": "\(invocation.requestID)"]) }
            }
            return []
        }
        logger.error("m")
        let objects = try lines.all.map(parsed)
        #expect(objects.map { $0["requestId"] } == ["first", "first", "second", "second", nil])
        #expect(objects.map { $0["event"] } == ["first", "first", "second", "second", nil])
    }

    private func lines(level: Logger.Level = .info, _ body: (Logger) -> Void) -> [String] {
        let lines = Lines()
        body(Self.logger(lines, level))
        return lines.all
    }

    private static func logger(_ lines: Lines, _ level: Logger.Level = .info) -> Logger {
        Logger(label: "test") { _ in
            JSONLogHandler(level: level) { line in lines.append(String(decoding: line, as: UTF8.self)) }
        }
    }

    private func parsed(_ line: String) throws -> [String: String] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
    }

    private final class Lines: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }
        func append(_ line: String) { kept.withLock { $0.append(line) } }
    }
}

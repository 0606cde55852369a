import FoundationEssentials
import JSON
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes each log line as one JSON object to standard error, as Lambda's JSON log format wants it.
///
/// `timestamp` and `level` are the keys by which Lambda filters; what is logged while an event is handled has its
/// `requestId`. A line is one `write` (more only when the system takes
/// part of it), so that lines of several threads do not mix and none is held back when the environment freezes.
///
/// Source: AWS Lambda Developer Guide, "Log and monitor custom runtime functions", advanced logging controls.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    private let output: @Sendable ([UInt8]) -> Void

    /// - Parameter environment: `AWS_LAMBDA_LOG_LEVEL` sets the level; `INFO` without it.
    public init(environment: [String: String]) {
        self.init(level: Self.level(environment["AWS_LAMBDA_LOG_LEVEL"]), output: Self.emit(line:))
    }

    init(level: Logger.Level, output: @escaping @Sendable ([UInt8]) -> Void) {
        logLevel = level
        self.output = output
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.member("timestamp", Date().formatted(Self.timestamp))
            writer.member("level", Self.name(event.level))
            writer.member("message", event.message.description)
            for (key, value) in facts(of: event) { writer.member(key, value.description) }
        }
        output(writer.bytes + [UInt8(ascii: "\n")])
    }

    /// The event's own facts before the logger's, and those before which invocation is being worked on.
    private func facts(of event: LogEvent) -> Logger.Metadata {
        var facts: Logger.Metadata = [:]
        if let invocation = Invocation.current { facts["requestId"] = "\(invocation.requestID)" }
        facts.merge(metadata) { $1 }
        facts.merge(event.metadata ?? [:]) { $1 }
        return facts
    }

    /// RFC 3339, in UTC; without it Lambda takes a line for one of level INFO.
    private static let timestamp = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// Lambda's names: TRACE, DEBUG, INFO, WARN, ERROR, FATAL.
    private static func level(_ name: String?) -> Logger.Level {
        switch name {
        case "TRACE": .trace
        case "DEBUG": .debug
        case "WARN": .warning
        case "ERROR": .error
        case "FATAL": .critical
        default: .info
        }
    }

    private static func name(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }

    /// Writes a line of JSON, with its line break, that Lambda takes as it is.
    public static func emit(line: [UInt8]) {
        line.withUnsafeBytes { line in
            var rest = line[...]
            while !rest.isEmpty {
                let bytes = UnsafeRawBufferPointer(rebasing: rest)
                let count = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
                // A log line that cannot be written is lost; there is nowhere to tell of it.
                if count < 0, errno != EINTR { return }
                rest = rest.dropFirst(max(0, count))
            }
        }
    }
}

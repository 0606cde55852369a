import API
import Hummingbird
import Logging
import NIOPosix

/// The API over HTTP on this machine, by Hummingbird.
public struct LocalServer: Sendable {
    private let host: String
    private let port: Int
    private let router: API.Router
    private let logger: Logger

    /// - Parameter port: 0 takes a free one.
    public init(host: String, port: Int, router: API.Router, logger: Logger) {
        self.host = host
        self.port = port
        self.router = router
        self.logger = logger
    }

    /// Serves until the process is asked to stop (SIGINT, SIGTERM); requests under way are answered first.
    ///
    /// - Parameter onListening: Called with the port once it is open.
    /// - Throws: When the address cannot be listened on.
    public func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        let wanted = port
        // One thread moves bytes for all connections; requests are worked on elsewhere (`Router`).
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { group.shutdownGracefully { _ in } }
        let application = Application(
            responder: APIResponder(router: router, logger: logger),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? wanted) },
            eventLoopGroupProvider: .shared(group), logger: frameworkLogger)
        try await withTaskExecutorPreference(LoopExecutor(group.next())) {
            try await application.runService()
        }
    }

    /// The framework tells of its own start and stop, which `serve` says better.
    private var frameworkLogger: Logger {
        Logger(label: logger.label) { [logger] _ in PlainLogHandler(logger: logger, logLevel: .error) }
    }
}

/// Hands messages on without what the framework notes with each request, which takes time to write out even where nothing is logged.
private struct PlainLogHandler: LogHandler {
    let logger: Logger
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { logger.log(level: event.level, event.message) }
}

import API
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// The API over HTTP/1.1 on this machine, by SwiftNIO.
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
        // One thread moves bytes for all connections; requests are worked on elsewhere.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = OpenConnections(group.next())
        do {
            let stop = StopSignals()
            let listener = try await listen(group, connections)
            onListening(listener.localAddress?.port ?? port)
            await stop.first()
            try await listener.close()
            try await connections.finish()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private func listen(
        _ group: MultiThreadedEventLoopGroup, _ connections: OpenConnections
    ) async throws -> any Channel {
        let (router, logger) = (router, logger)
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // Who has said all may still wait for the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // A query takes one read, and batches few.
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 16_384, initial: 16_384, maximum: 262_144)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(
                        withPipeliningAssistance: true, withErrorHandling: true)
                    try pipeline.addHandler(
                        RequestHandler(router: router, connections: connections, logger: logger))
                }
            }
            .bind(host: host, port: port).get()
    }
}

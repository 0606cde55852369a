import FoundationEssentials
import Synchronization

/// HTTP/1.1 over libcurl: any number of requests at a time, all driven by one thread of its own.
///
/// - Connections are kept and used again for `Options.connectionLifetime`, by the wall clock too, so that a process which
///   was frozen begins with new ones. One that gives no answer in `HTTPRequest.keptConnectionSilence` counts as dead.
/// - Bodies are given as they came over the wire; redirects are not followed.
/// - When a connection used before dies without a byte of the answer, libcurl itself sends the request
///   again on a new one, a POST too. Who sends a POST makes it idempotent, or asks for a new connection.
/// - **OpenSSL 1.0.2** (Amazon Linux 2) needs locking callbacks when several threads speak TLS. All TLS of
///   a transport stays on its thread; a process on such a system makes no second transport that speaks TLS.
///
/// Source: libcurl, "Thread safety" and the pages of each option.
public final class CurlTransport: HTTPTransport {
    private let loop: CurlLoop
    private let nextTransfer = Atomic<UInt64>(0)

    /// Starts the thread; it ends with the transport.
    public convenience init(_ options: Options = Options()) throws(HTTPTransportError) {
        try self.init(options, wallClock: { Date() })
    }

    init(
        _ options: Options, wallClock: @escaping @Sendable () -> Date
    ) throws(HTTPTransportError) {
        loop = try CurlLoop(options, wallClock: wallClock)
    }

    deinit { loop.stop() }

    public func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        if Task.isCancelled { throw .cancelled }
        let id = nextTransfer.wrappingAdd(1, ordering: .relaxed).newValue
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.start(Transfer(id: id, request: request, continuation: continuation))
                // A cancellation that came before the start found nothing to cancel.
                if Task.isCancelled { loop.cancel(id) }
            }
        } onCancel: {
            loop.cancel(id)
        }
        return try answer.get()
    }
}

extension CurlTransport {
    /// How a transport behaves, for all of its requests.
    public struct Options: Sendable {
        /// Whether `http_proxy`, `https_proxy` and `no_proxy` of the environment count. Not for the Lambda Runtime API.
        public var usesEnvironmentProxy = true
        /// How long making a connection may take, name look-up and TLS included.
        public var connectTimeout = Duration.seconds(3)
        /// The age after which an idle connection is not used again; below the 60 s or so after which DynamoDB cuts it.
        public var connectionLifetime = Duration.seconds(50)
        /// Connections to one host at a time; further requests wait for one, within their timeout.
        public var connectionsPerHost = 64
        /// The largest body taken. A DynamoDB answer holds 16 MB of items, half as much again in JSON.
        public var bodyBytes = 64 * 1024 * 1024
        /// A PEM file of trusted authorities in place of the system's.
        public var authoritiesFile: String?

        public init(
            usesEnvironmentProxy: Bool = true, authoritiesFile: String? = nil
        ) {
            self.usesEnvironmentProxy = usesEnvironmentProxy
            self.authoritiesFile = authoritiesFile
        }
    }
}

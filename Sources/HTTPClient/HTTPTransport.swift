/// Sends one HTTP request and gives the answer, whatever its status.
///
/// The seam between clients (DynamoDB, the Lambda Runtime API) and the network; tests put their own in its place.
public protocol HTTPTransport: Sendable {
    /// - Throws: `HTTPTransportError` when there was no answer. A cancelled task throws `.cancelled` soon.
    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
}

/// One request, with everything that goes on the wire.
public struct HTTPRequest: Sendable {
    public var method: String
    /// Absolute, percent-encoded.
    public var url: String
    /// In the order they are sent. `Host` and `Content-Length` are the transport's.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// How long the whole exchange may take; nil waits for ever, as the Lambda Runtime API wants.
    public var timeout: Duration?
    /// Never sent over a connection that was used before, and so never sent twice by the transport itself.
    public var needsNewConnection: Bool
    /// How long a connection that was used before may leave the request without a first byte of an answer; then it
    /// counts as dead, and so do those that have been idle for as long. Nil waits for `timeout` alone.
    public var keptConnectionSilence: Duration?

    public init(
        method: String, url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], timeout: Duration?, needsNewConnection: Bool = false,
        keptConnectionSilence: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.needsNewConnection = needsNewConnection
        self.keptConnectionSilence = keptConnectionSilence
    }
}

public struct HTTPResponse: Sendable {
    public var status: Int
    /// As received, in order.
    public var headers: [(name: String, value: String)]
    /// As it came over the wire: who asks for gzip inflates it.
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of this name, without regard to case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Why there was no answer. Reasons hold no header, no body and no query.
public enum HTTPTransportError: Error {
    /// No connection, or it broke: the request may or may not have been received.
    case connection(reason: String)
    /// The request's own timeout passed.
    case timedOut
    case cancelled
    /// The request cannot be put on a wire (a line break in a header, say); nothing was sent.
    case unsendable(reason: String)
    /// The answer's body is larger than the transport takes.
    case answerTooLarge(limitBytes: Int)
}

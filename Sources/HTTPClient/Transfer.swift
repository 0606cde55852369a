typealias Answer = Result<HTTPResponse, HTTPTransportError>

/// One exchange under way: what was asked, and what has come so far.
///
/// `@unchecked Sendable`: its maker hands it to the loop and keeps no reference; from then on only the
/// loop's thread touches it.
final class Transfer: @unchecked Sendable {
    let id: UInt64
    let request: HTTPRequest
    private let continuation: CheckedContinuation<Answer, Never>
    private var headers: [(name: String, value: String)] = []
    private var body: [UInt8] = []
    /// Set by the loop before anything arrives.
    var bodyLimitBytes = Int.max
    private(set) var isTooLarge = false
    /// Whether anything of an answer has come.
    private(set) var hasAnswer = false
    /// When the loop first saw that the request had gone over a kept connection.
    var wentOverKeptConnection: SuspendingClock.Instant?

    init(id: UInt64, request: HTTPRequest, continuation: CheckedContinuation<Answer, Never>) {
        self.id = id
        self.request = request
        self.continuation = continuation
    }

    /// Takes a header line as libcurl gives it, status lines and the empty last line included.
    func receive(headerLine bytes: UnsafeRawBufferPointer) {
        hasAnswer = true
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An interim answer (1xx) came before this one.
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...]
            headers.append((String(line[..<colon]), String(trimmingWhitespace(value))))
        }
    }

    /// - Returns: Whether to go on.
    func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = bytes.count > bodyLimitBytes - body.count
        if !isTooLarge { body.append(contentsOf: bytes) }
        return !isTooLarge
    }

    func finish(status: Int) {
        continuation.resume(returning: .success(HTTPResponse(status: status, headers: headers, body: body)))
    }

    func fail(_ error: HTTPTransportError) {
        continuation.resume(returning: .failure(error))
    }
}

private func trimmingWhitespace(_ text: Substring) -> Substring {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
}

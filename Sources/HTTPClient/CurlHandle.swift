internal import CCurl

/// One easy handle of libcurl, used for one transfer after another.
///
/// Belongs to the loop's thread.
final class CurlHandle {
    let pointer: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    /// Kept here while libcurl holds a bare pointer to it.
    private(set) var transfer: Transfer?

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerList)
    }

    var status: Int { whiplash_curl_long_info(pointer, CURLINFO_RESPONSE_CODE) }

    /// How much longer the connection may stay silent; nil where only the request's timeout counts.
    func silenceLeft(at now: SuspendingClock.Instant) -> Duration? {
        guard let transfer, let silence = transfer.request.keptConnectionSilence, !transfer.hasAnswer,
            hasUsedKeptConnection
        else { return nil }
        let sent = transfer.wentOverKeptConnection ?? now
        transfer.wentOverKeptConnection = sent
        return now.duration(to: sent + silence)
    }

    /// Whether the request has gone, in part at least, over a connection that an earlier one used.
    private var hasUsedKeptConnection: Bool {
        whiplash_curl_long_info(pointer, CURLINFO_REQUEST_SIZE) > 0
            && whiplash_curl_long_info(pointer, CURLINFO_NUM_CONNECTS) == 0
    }

    /// Makes the handle ready to perform a transfer.
    ///
    /// - Parameter idleSeconds: A connection idle for longer is closed instead of used.
    func prepare(
        _ transfer: Transfer, _ options: CurlTransport.Options, idleSeconds: Int
    ) throws(HTTPTransportError) {
        self.transfer = transfer
        transfer.bodyLimitBytes = options.bodyBytes
        try setBehaviour(options)
        try set(CURLOPT_MAXAGE_CONN, idleSeconds)
        try setRequest(transfer.request)
        try setHeaders(transfer.request)
        try setReceivers(transfer)
    }

    /// Forgets the transfer; connections, which belong to the multi handle, stay.
    func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(headerList)
        headerList = nil
        transfer = nil
    }

    private func setBehaviour(_ options: CurlTransport.Options) throws(HTTPTransportError) {
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, options.connectTimeout.milliseconds))
        // The URL's path is the caller's, dots and all.
        try set(CURLOPT_PATH_AS_IS, 1)
        try check(whiplash_curl_allow_http_only(pointer))
        if !options.usesEnvironmentProxy { try set(CURLOPT_PROXY, "") }
        if let file = options.authoritiesFile { try set(CURLOPT_CAINFO, file) }
    }

    private func setRequest(_ request: HTTPRequest) throws(HTTPTransportError) {
        try checkLine(request.method)
        try checkLine(request.url)
        try set(CURLOPT_URL, request.url)
        if request.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else if !request.body.isEmpty || request.method != "GET" {
            let count = curl_off_t(request.body.count)
            try check(request.body.withUnsafeBytes { whiplash_curl_set_body(pointer, $0.baseAddress, count) })
        }
        try set(CURLOPT_CUSTOMREQUEST, request.method)
        if request.needsNewConnection { try set(CURLOPT_FRESH_CONNECT, 1) }
        if let timeout = request.timeout { try set(CURLOPT_TIMEOUT_MS, timeout.milliseconds) }
    }

    /// The caller's headers, and nothing that libcurl would add of its own.
    private func setHeaders(_ request: HTTPRequest) throws(HTTPTransportError) {
        // "Name:" without a value takes a header of libcurl's away. `Expect: 100-continue` would cost a
        // round trip for a large body.
        for name in ["Expect", "Accept", "Content-Type"] where !request.has(name) {
            try addHeader(name + ":")
        }
        for (name, value) in request.headers {
            try checkLine(name)
            try checkLine(value)
            // "Name;" is libcurl's way to send an empty value.
            try addHeader(value.isEmpty ? name + ";" : name + ": " + value)
        }
        try check(whiplash_curl_set_pointer(pointer, CURLOPT_HTTPHEADER, headerList))
    }

    private func addHeader(_ line: String) throws(HTTPTransportError) {
        guard let list = curl_slist_append(headerList, line) else {
            throw .unsendable(reason: "out of memory")
        }
        headerList = list
    }

    private func setReceivers(_ transfer: Transfer) throws(HTTPTransportError) {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try check(whiplash_curl_set_callback(pointer, CURLOPT_WRITEFUNCTION, receiveBody))
        try check(whiplash_curl_set_pointer(pointer, CURLOPT_WRITEDATA, context))
        try check(whiplash_curl_set_callback(pointer, CURLOPT_HEADERFUNCTION, receiveHeader))
        try check(whiplash_curl_set_pointer(pointer, CURLOPT_HEADERDATA, context))
    }
}

extension CurlHandle {
    private func set(_ option: CURLoption, _ value: some BinaryInteger) throws(HTTPTransportError) {
        try check(whiplash_curl_set_long(pointer, option, CLong(value)))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPTransportError) {
        try check(whiplash_curl_set_string(pointer, option, value))
    }

    private func check(_ code: CURLcode) throws(HTTPTransportError) {
        if code != CURLE_OK { throw .unsendable(reason: describe(code)) }
    }
}

/// What libcurl calls the result; it names no host, header or body.
func describe(_ code: CURLcode) -> String {
    "\(String(cString: curl_easy_strerror(code))) (libcurl \(code.rawValue))"
}

/// Throws when the text would end its line, and so could smuggle in a header, or its C string.
private func checkLine(_ text: String) throws(HTTPTransportError) {
    if text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) {
        throw .unsendable(reason: "a line break or NUL in a header, method or URL")
    }
}

private let receiveBody: whiplash_curl_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let wantsMore = transfer.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
    // Any other number than all of them makes libcurl stop.
    return wantsMore ? size * count : 0
}

private let receiveHeader: whiplash_curl_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    transfer.receive(headerLine: UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

extension HTTPRequest {
    fileprivate func has(_ name: String) -> Bool {
        headers.contains { $0.name.lowercased() == name.lowercased() }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, so that a short wait does not become libcurl's 0, which is none.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let part = attoseconds / 1_000_000_000_000_000
        return Int(seconds) * 1000 + Int(part) + (attoseconds % 1_000_000_000_000_000 > 0 ? 1 : 0)
    }
}

import HTTPClient

/// The form of a request that both sides hash.
struct CanonicalRequest {
    let text: String
    /// Their names, as `Authorization` lists them.
    let signedHeaders: String

    init(_ request: HTTPRequest) {
        let target = Target(request.url)
        let headers = canonicalHeaders(request.headers + [("host", target.host)])
        signedHeaders = headers.map(\.name).joined(separator: ";")
        text = [
            request.method, canonicalPath(target.path), canonicalQuery(target.query),
            headers.map { "\($0.name):\($0.value)\n" }.joined(), signedHeaders,
            hexadecimal(sha256(request.body)),
        ].joined(separator: "\n")
    }
}

/// The parts of an absolute URL, as they stand in it.
private struct Target {
    let host: String
    let path: Substring
    let query: Substring

    init(_ url: String) {
        let scheme = url.prefix { $0 != ":" }
        let rest = url.dropFirst(scheme.count + "://".count).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        path = rest.dropFirst(authority.count).prefix { $0 != "?" }
        query = rest.dropFirst(authority.count + path.count).dropFirst()
        let ownPort = scheme.lowercased() == "https" ? ":443" : ":80"
        host = String(authority.hasSuffix(ownPort) ? authority.dropLast(ownPort.count) : authority)
    }
}

/// Headers that a proxy may change or that libcurl makes.
private let unsignedHeaders: Set<String> = [
    "accept-encoding", "authorization", "connection", "content-length", "expect", "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
]

/// Names in lower case and order, values of one name joined, white space shrunk.
private func canonicalHeaders(
    _ headers: [(name: String, value: String)]
) -> [(name: String, value: String)] {
    var values: [String: [String]] = [:]
    for (name, value) in headers where !unsignedHeaders.contains(name.lowercased()) {
        values[name.lowercased(), default: []].append(
            value.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    }
    return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: ",")) }
}

/// Dots resolved, each segment encoded once more.
private func canonicalPath(_ path: Substring) -> String {
    var segments: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
        if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
    }
    let isFolder = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
    let joined = segments.map { percentEncoded($0.utf8) }.joined(separator: "/")
    return segments.isEmpty ? "/" : "/" + joined + (isFolder ? "/" : "")
}

/// Names and values encoded alike, and ordered as bytes.
private func canonicalQuery(_ query: Substring) -> String {
    query.split(separator: "&").map { parameter in
        let name = parameter.prefix { $0 != "=" }
        return [name, parameter.dropFirst(name.count + 1)].map { percentEncoded(percentDecoded($0)) }
    }
    .sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
    .map { "\($0[0])=\($0[1])" }
    .joined(separator: "&")
}

/// All but RFC 3986's unreserved characters as `%XX`.
private func percentEncoded(_ bytes: some Sequence<UInt8>) -> String {
    bytes.reduce(into: "") { text, byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            text.unicodeScalars.append(Unicode.Scalar(byte))
        default: text += "%" + hexadecimal([byte]).uppercased()
        }
    }
}

private func percentDecoded(_ text: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}

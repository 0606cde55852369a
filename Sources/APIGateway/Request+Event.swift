import API
import JSON

extension Request {
    /// The request that an event brings, or nil when it is none of API Gateway's.
    init?(_ event: GatewayEvent) {
        guard let method = event.isVersion2 ? event.context.httpMethod : event.method,
            let path = event.requestPath, let body = event.bodyBytes
        else { return nil }
        self.init(
            method: method.uppercased(), path: path, query: event.queryPairs, body: body,
            credential: event.credential)
    }
}

extension GatewayEvent {
    /// The path as the client sent it, percent-encoded, without stage and base path.
    var requestPath: String? {
        guard isVersion2 else { return path.map(withoutBasePath) }
        guard let rawPath else { return nil }
        // An HTTP API decodes the path before anybody sees it; encoding it again gives what was meant, but for a slash in an id.
        return isFunctionURL ? rawPath : percentEncoded(withoutStage(rawPath))
    }

    /// A custom domain may map the API below a base path, of which the template in `resource` knows nothing: what
    /// `path` has more at its front is that.
    private func withoutBasePath(_ path: String) -> String {
        guard let resource, !resource.contains("{proxy+}") else { return path }
        let parts = path.split(separator: "/")
        return "/" + parts.suffix(resource.split(separator: "/").count).joined(separator: "/")
    }

    private func withoutStage(_ path: String) -> String {
        guard let stage = context.stage, stage != "$default" else { return path }
        if path == "/" + stage { return "/" }
        return path.hasPrefix("/\(stage)/") ? String(path.dropFirst(stage.count + 1)) : path
    }

    /// REST events bring decoded maps, of which the one of many values is whole; the others the raw query.
    var queryPairs: [(name: String, value: String)] {
        if isVersion2 { return formDecodedPairs(rawQuery ?? "") }
        return multiValueQuery.isEmpty ? query : multiValueQuery
    }

    /// Nil when the body is said to be base64 and is not.
    var bodyBytes: [UInt8]? {
        guard let body else { return [] }
        return isBase64Encoded ? Base64.decode(body) : Array(body.utf8)
    }

    /// Only a REST API's gateway checks keys, and only of methods that demand one: then it names the key. Whatever is named in an
    /// event of another shape does not count.
    var credential: Request.Credential {
        if !isVersion2, context.hasCheckedKey { return .checkedByGateway }
        let sent = (headers + multiValueHeaders).first { $0.name.lowercased() == "x-api-key" }
        return .presented(sent?.value)
    }
}

/// All but letters, digits, `-._~` and slashes as `%XX`.
private func percentEncoded(_ path: String) -> String {
    var encoded: [UInt8] = []
    for byte in path.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "/"):
            encoded.append(byte)
        default:
            let digits = Array("0123456789ABCDEF".utf8)
            encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

/// The names and values of a raw query: `+` is a space and escapes are decoded. What is no escape stays as it is.
private func formDecodedPairs(_ query: String) -> [(name: String, value: String)] {
    query.split(separator: "&").map { pair in
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (formDecoded(parts[0]), parts.count > 1 ? formDecoded(parts[1]) : "")
    }
}

private func formDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension GatewayEvent {
    /// The path as the client sent it, percent-encoded, without stage and base path.
    ///
    /// An HTTP API decodes the path before anybody sees it. Encoding it again gives what was meant, but for an id with a
    /// slash or a question mark in it, at which the gateway itself cuts: there such items are to be had by
    /// `items/batch/get` and `items/batch/delete`, whose ids are in the body.
    var requestPath: String? {
        guard isVersion2 else { return path.map { withoutBase($0, template: resource) } }
        guard let rawPath else { return nil }
        if isFunctionURL { return rawPath }
        let template = routeKey?.split(separator: " ").last.map(String.init)
        return percentEncoded(withoutBase(rawPath, template: template))
    }

    /// A custom domain may map the API below a base path, of which the route's template knows nothing: what the path has
    /// more at its front is that. A route without a template (`$default`) shows the stage at most.
    private func withoutBase(_ path: String, template: String?) -> String {
        guard let template, template.hasPrefix("/") else { return withoutStage(path) }
        if let greedy = template.split(separator: "/").last, greedy.hasSuffix("+}") {
            return withoutBase(path, greedy: greedy.dropFirst().dropLast(2), template)
        }
        let wanted = template.split(separator: "/")
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if parts.last == "" { parts.removeLast() }
        let rest = parts.suffix(wanted.count)
        return zip(wanted, rest).allSatisfy(matches) && rest.count == wanted.count
            ? "/" + rest.joined(separator: "/") : path
    }

    private func matches(_ wanted: Substring, _ part: Substring) -> Bool {
        wanted.hasPrefix("{") || wanted == part
    }

    /// `/{proxy+}`: the rest of the path is a parameter, of the same encoding as the path.
    private func withoutBase(_ path: String, greedy name: Substring, _ template: String) -> String {
        guard let rest = pathParameters.first(where: { $0.name == name })?.value else { return path }
        let whole = template.dropLast(name.count + 3) + rest
        return path.hasSuffix(whole) ? String(whole) : path
    }

    private func withoutStage(_ path: String) -> String {
        guard let stage = context.stage, stage != "$default" else { return path }
        if path == "/" + stage { return "/" }
        return path.hasPrefix("/\(stage)/") ? String(path.dropFirst(stage.count + 1)) : path
    }
}

/// All but letters, digits, `-._~` and slashes as `%XX`.
private func percentEncoded(_ path: String) -> String {
    var encoded: [UInt8] = []
    for byte in path.utf8 {
        if byte.isUnreserved {
            encoded.append(byte)
        } else {
            encoded += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
        }
    }
    return String(decoding: encoded, as: UTF8.self)
}

private let hexDigits = Array("0123456789ABCDEF".utf8)

extension UInt8 {
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

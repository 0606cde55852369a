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
    /// more at its front is that. Where the template does not tell (`$default` is none), the stage at most is taken off.
    private func withoutBase(_ path: String, template: String?) -> String {
        guard let template, template.hasPrefix("/") else { return withoutStage(path) }
        // A REST API's path has no stage.
        return pathOfTemplate(template, in: path) ?? (isREST ? path : withoutStage(path))
    }

    /// The end of the path that the template describes; nil when none does, or more than one might.
    private func pathOfTemplate(_ template: String, in path: String) -> String? {
        if let greedy = template.split(separator: "/").last, greedy.hasSuffix("+}") {
            return pathOfGreedyTemplate(template, greedy.dropFirst().dropLast(2), in: path)
        }
        // Decoded slashes are parts of their own: an id that holds the path of another item would pass for that item.
        if !isREST, pathParameters.contains(where: { holdsSlash($0.value) }) { return nil }
        let wanted = template.split(separator: "/")
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if parts.last == "" { parts.removeLast() }
        let rest = parts.suffix(wanted.count)
        guard rest.count == wanted.count, zip(wanted, rest).allSatisfy(matches) else { return nil }
        return "/" + rest.joined(separator: "/")
    }

    private func matches(_ wanted: Substring, _ part: Substring) -> Bool {
        wanted.hasPrefix("{") || wanted == part
    }

    /// As it is or encoded; which of them a parameter is, the gateway's kind decides.
    private func holdsSlash(_ parameter: String) -> Bool {
        parameter.contains("/") || parameter.lowercased().contains("%2f")
    }

    /// `/{proxy+}`: the rest of the path is a parameter, of the same encoding as the path.
    private func pathOfGreedyTemplate(_ template: String, _ name: Substring, in path: String) -> String? {
        guard let rest = pathParameters.first(where: { $0.name == name })?.value else { return nil }
        let whole = template.dropLast(name.count + 3) + rest
        return path.hasSuffix(whole) ? String(whole) : nil
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

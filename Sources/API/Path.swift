/// A request's path, cut at its slashes and then decoded, each part exactly once.
struct Path {
    let segments: [String]

    /// Slashes before the path and one after it do not count.
    ///
    /// - Throws: when a percent sign is not followed by two hexadecimal digits, or the bytes are not UTF-8.
    init(_ path: String) throws(Problem) {
        var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        while parts.first?.isEmpty == true { parts.removeFirst() }
        if parts.last?.isEmpty == true { parts.removeLast() }
        segments = try parts.map { part throws(Problem) in try Self.decode(part) }
    }

    private static func decode(_ part: Substring.UTF8View) throws(Problem) -> String {
        guard let bytes = percentDecoded(part), let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem.invalid(
                "path", expected: "UTF-8, percent-encoded once", received: "a faulty encoding")
        }
        return text
    }
}

/// The bytes of a percent-encoded text, a plus sign being just that; nil when an escape is broken.
func percentDecoded(_ text: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
            return nil
        }
        bytes.append(high << 4 | low)
    }
    return bytes
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
}

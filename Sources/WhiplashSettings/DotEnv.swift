/// The contents of a `.env` file: `NAME=value` lines, as shells and most tools read them.
///
/// - `#` begins a comment at a line's start or after white space; `export` before a name is skipped.
/// - `'…'` is taken as it stands; in `"…"` the escapes `\n`, `\t`, `\"` and `\\` are known. A quoted value ends on its line.
/// - Nothing is interpolated: `$HOME` is five characters. The last line of a name counts.
public struct DotEnv: Sendable, Equatable {
    public let values: [String: String]

    /// - Throws: `SettingsError` with every line that is none of the above. No value is in it: a line may hold a secret.
    public init(parsing text: String) throws(SettingsError) {
        var values: [String: String] = [:]
        var problems: [SettingsError.Problem] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, text) in lines.enumerated() {
            var line = DotEnvLine(text)
            if line.isBlank { continue }
            if let (name, value) = line.read() {
                values[name] = value
            } else {
                problems.append(
                    .init(key: ".env line \(index + 1)", expected: "NAME=value", received: "something else"))
            }
        }
        if !problems.isEmpty { throw SettingsError(problems: problems) }
        self.values = values
    }
}

/// One line, read from its start.
private struct DotEnvLine {
    private var rest: Substring

    init(_ line: Substring) {
        rest = line.drop(while: \.isWhitespace)
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
    }

    var isBlank: Bool { rest.isEmpty || rest.first == "#" }

    /// The name and value, or nil when the line is not of that form.
    mutating func read() -> (String, String)? {
        skipExport()
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        rest = rest.dropFirst(name.count).drop(while: \.isWhitespace)
        guard let first = name.first, !first.isNumber, rest.popFirst() == "=" else { return nil }
        rest = rest.drop(while: \.isWhitespace)
        return value().map { (String(name), $0) }
    }

    private mutating func skipExport() {
        guard rest.hasPrefix("export") else { return }
        let after = rest.dropFirst("export".count)
        if after.first?.isWhitespace == true { rest = after.drop(while: \.isWhitespace) }
    }

    private mutating func value() -> String? {
        switch rest.first {
        case "'", "\"": quoted()
        default: bare()
        }
    }

    /// Up to a comment, without white space at the end.
    private func bare() -> String {
        var (end, isAfterSpace) = (rest.startIndex, true)
        for index in rest.indices {
            if rest[index] == "#", isAfterSpace { break }
            isAfterSpace = rest[index].isWhitespace
            if !isAfterSpace { end = rest.index(after: index) }
        }
        return String(rest[..<end])
    }

    private mutating func quoted() -> String? {
        guard let quote = rest.popFirst() else { return nil }
        var value = ""
        while let character = rest.popFirst() {
            if character == quote { return isOver ? value : nil }
            guard character == "\\", quote == "\"" else {
                value.append(character)
                continue
            }
            guard let escaped = escaped() else { return nil }
            value += escaped
        }
        return nil
    }

    /// What a backslash and the next character mean; any other pair stands for itself.
    private mutating func escaped() -> String? {
        switch rest.popFirst() {
        case "n": "\n"
        case "t": "\t"
        case "\"": "\""
        case "\\": "\\"
        case let other?: "\\\(other)"
        case nil: nil
        }
    }

    /// Whether nothing but white space and a comment is left.
    private var isOver: Bool {
        let left = rest.drop(while: \.isWhitespace)
        return left.isEmpty || (left.first == "#" && left.startIndex > rest.startIndex)
    }
}

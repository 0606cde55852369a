import FoundationEssentials

/// The profiles of the AWS config and credentials files, as the AWS command line writes them.
///
/// Where both files set a key of a profile the credentials file's counts. A missing file holds no profiles.
///
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
struct SharedProfiles {
    private var settings: [String: [String: String]] = [:]

    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or those under `~/.aws`.
    init(environment: [String: String]) throws(AWSSettingsError) {
        let folder = environment["HOME"].map { $0 + "/.aws/" }
        func path(_ variable: String, _ name: String) -> String? {
            environment.value(variable) ?? folder.map { $0 + name }
        }
        try add(file: path("AWS_CONFIG_FILE", "config"), isConfig: true)
        try add(file: path("AWS_SHARED_CREDENTIALS_FILE", "credentials"), isConfig: false)
    }

    /// The settings of a profile, by lower-case key; nil when no file has it.
    subscript(profile: String) -> [String: String]? { settings[profile] }

    private mutating func add(file: String?, isConfig: Bool) throws(AWSSettingsError) {
        guard let file, let text = FileManager.default.contents(atPath: file) else { return }
        var profile: String?
        let lines = String(decoding: text, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            switch Line(line, isConfig: isConfig) {
            case .nothing: continue
            case .section(let name):
                profile = name
                if let name { settings[name, default: [:]].merge([:]) { $1 } }
            case .setting(let key, let value):
                if let profile { settings[profile, default: [:]][key] = value }
            case .malformed: throw .malformedFile(path: file, line: index + 1)
            }
        }
    }
}

/// What one line of such a file says.
private enum Line {
    case nothing
    /// The name is nil for a section that is no profile, such as `[sso-session x]`.
    case section(String?)
    case setting(key: String, value: String)
    case malformed

    init(_ line: Substring, isConfig: Bool) {
        let text = line.trimmed
        if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") {
            self = .nothing
        } else if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { self = .malformed; return }
            self = .section(profileName(text[text.index(after: text.startIndex)..<end].trimmed, isConfig))
        } else if line.first?.isWhitespace == true {
            // Settings nested under another, which only other services have.
            self = .nothing
        } else if let equals = text.firstIndex(of: "="), equals > text.startIndex {
            let value = text[text.index(after: equals)...].trimmed
            self = .setting(key: text[..<equals].trimmed.lowercased(), value: withoutComment(value))
        } else {
            self = .malformed
        }
    }
}

/// In the config file profiles but the default are called `[profile name]`; in the credentials file, `[name]`.
private func profileName(_ section: Substring, _ isConfig: Bool) -> String? {
    if !isConfig || section == "default" { return String(section) }
    let words = section.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    return words.count == 2 && words[0] == "profile" ? String(words[1].trimmed) : nil
}

/// A comment after a value has white space before its mark.
private func withoutComment(_ value: Substring) -> String {
    var end = value.startIndex
    while end < value.endIndex {
        let rest = value[end...]
        if let first = rest.first, first.isWhitespace, "#;".contains(rest.dropFirst().first ?? " ") { break }
        end = value.index(after: end)
    }
    return String(value[..<end].trimmed)
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

extension [String: String] {
    /// A variable's value; one that is empty counts as unset.
    func value(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}

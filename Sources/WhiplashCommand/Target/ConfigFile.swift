import Foundation

/// The profiles of `$XDG_CONFIG_HOME/whiplash/config`, or `~/.config/whiplash/config`:
///
/// ```
/// [default]
/// database = notes.db
///
/// [work]
/// url = https://abc.execute-api.us-east-1.amazonaws.com/dev
/// api_key = …
/// ```
///
/// Lines that begin with `#` or `;` are comments. A line that cannot be used spoils its profile alone: others work without it.
struct ConfigFile {
    let path: String?
    private var profiles: [String: [String: String]] = [:]
    /// What is wrong with lines, in their order, and the profile that each belongs to. Never the line itself: it may hold a key.
    private(set) var faults: [(profile: String, failure: CommandFailure)] = []
    private static let defaultName = "default"

    /// What a profile may set, and the setting that it is.
    static let keys = [
        "url": "WHIPLASH_URL", "api_key": "WHIPLASH_API_KEY", "store": "WHIPLASH_STORE",
        "database": "WHIPLASH_DATABASE", "metadata_table": "WHIPLASH_METADATA_TABLE", "stage": "STAGE",
        "region": "REGION", "aws_profile": "AWS_PROFILE", "endpoint": "AWS_ENDPOINT_URL_DYNAMODB",
    ]

    init(environment: [String: String]) {
        let folder =
            environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].map { $0 + "/.config" }
        path = folder.map { $0 + "/whiplash/config" }
        guard let path, let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
        var profile: String?
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let fault = read(line.trimmingCharacters(in: .whitespaces), &profile)
            guard let fault else { continue }
            let failure = CommandFailure("\(path), line \(index + 1): \(fault)", code: .refused)
            faults.append((profile ?? Self.defaultName, failure))
        }
    }

    /// Takes a line.
    ///
    /// - Parameter profile: The one whose lines these are; nil before the first.
    /// - Returns: What is wrong with it; nil for nothing.
    private mutating func read(_ line: String, _ profile: inout String?) -> String? {
        if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { return nil }
        if line.hasPrefix("["), line.hasSuffix("]") {
            let name = line.dropFirst().dropLast().trimmingCharacters(in: .whitespaces)
            profiles[name, default: [:]].merge([:]) { $1 }
            profile = name
            return nil
        }
        guard let equals = line.firstIndex(of: "=") else { return "expected [profile] or name = value" }
        guard let profile else { return "a setting before the first [profile]" }
        let key = line[..<equals].trimmingCharacters(in: .whitespaces)
        guard let setting = Self.keys[key] else {
            return "unknown setting; these are: \(Self.keys.keys.sorted().joined(separator: ", "))"
        }
        profiles[profile, default: [:]][setting] =
            line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        return nil
    }

    /// Of the profile that nobody has to name, as far as its lines can be used.
    var defaultValues: [String: String] { profiles[Self.defaultName] ?? [:] }

    /// What is wrong with that profile.
    var defaultFault: CommandFailure? { fault(of: Self.defaultName) }

    private func fault(of profile: String) -> CommandFailure? {
        faults.first { $0.profile == profile }?.failure
    }

    /// - Throws: When there is no such profile, or a line of it cannot be used.
    func values(of profile: String) throws -> [String: String] {
        if let fault = fault(of: profile) { throw fault }
        if let values = profiles[profile] { return values }
        let known = profiles.keys.sorted().joined(separator: ", ")
        throw CommandFailure(
            "there is no profile '\(profile)' in \(path ?? "~/.config/whiplash/config")"
                + (known.isEmpty ? "" : "; these are: \(known)"), code: .refused)
    }

    /// Whether others than its owner may read it, and with it the keys in it.
    var isOpenToOthers: Bool {
        guard let path, let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue
        else { return false }
        return mode & 0o077 != 0 && profiles.values.contains { $0["WHIPLASH_API_KEY"] != nil }
    }
}

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
/// Lines that begin with `#` or `;` are comments.
struct ConfigFile {
    let path: String?
    private var profiles: [String: [String: String]] = [:]

    /// What a profile may set, and the setting that it is.
    static let keys = [
        "url": "WHIPLASH_URL", "api_key": "WHIPLASH_API_KEY", "store": "WHIPLASH_STORE",
        "database": "WHIPLASH_DATABASE", "metadata_table": "WHIPLASH_METADATA_TABLE", "stage": "STAGE",
        "region": "REGION", "aws_profile": "AWS_PROFILE", "endpoint": "AWS_ENDPOINT_URL_DYNAMODB",
    ]

    init(environment: [String: String]) throws {
        let folder =
            environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? environment["HOME"].map { $0 + "/.config" }
        path = folder.map { $0 + "/whiplash/config" }
        guard let path, let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
        var profile: String?
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            func failure(_ reason: String) -> CommandFailure {
                // Never the line itself: it may hold a key.
                CommandFailure("\(path), line \(index + 1): \(reason)", code: .refused)
            }
            if line.hasPrefix("["), line.hasSuffix("]") {
                let name = line.dropFirst().dropLast().trimmingCharacters(in: .whitespaces)
                profile = name
                profiles[name, default: [:]].merge([:]) { $1 }
            } else if let equals = line.firstIndex(of: "=") {
                guard let profile else { throw failure("a setting before the first [profile]") }
                let key = line[..<equals].trimmingCharacters(in: .whitespaces)
                guard let setting = Self.keys[key] else {
                    throw failure(
                        "unknown setting; these are: \(Self.keys.keys.sorted().joined(separator: ", "))")
                }
                profiles[profile, default: [:]][setting] =
                    line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            } else {
                throw failure("expected [profile] or name = value")
            }
        }
    }

    var defaultValues: [String: String] { profiles["default"] ?? [:] }

    /// - Throws: When there is no such profile.
    func values(of profile: String) throws -> [String: String] {
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

/// What the environment and the shared files say about access to AWS, by the SDKs' own rules.
///
/// The environment's variables count before the profile's settings. The profile is `AWS_PROFILE`, or `default`.
public struct AWSSettings: Sendable {
    public let profile: String
    /// From `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile.
    public let region: String?
    private let environment: [String: String]

    /// - Throws: When a file cannot be understood, or has no profile of the name asked for.
    public init(environment: [String: String]) throws(AWSSettingsError) {
        self.environment = environment
        profile = environment.value("AWS_PROFILE") ?? "default"
        let settings = try SharedProfiles(environment: environment)[profile]
        if settings == nil, environment.value("AWS_PROFILE") != nil, !environment.holdsCredentials {
            throw .unknownProfile(profile)
        }
        region =
            environment.value("AWS_REGION") ?? environment.value("AWS_DEFAULT_REGION") ?? settings?["region"]
    }

    /// - Throws: `missingRegion`.
    public func requiredRegion() throws(AWSSettingsError) -> String {
        guard let region else { throw .missingRegion(profile: profile) }
        return region
    }

    /// The credentials now; files are read again each time, since tools write new keys into them.
    public func credentials() throws(AWSSettingsError) -> Credentials {
        if environment.holdsCredentials {
            let keys = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
            let pairs = keys.compactMap { key in environment.value(key.uppercased()).map { (key, $0) } }
            return try Credentials(Dictionary(uniqueKeysWithValues: pairs), place: "the environment")
        }
        guard let settings = try SharedProfiles(environment: environment)[profile] else {
            throw .missingCredentials(profile: profile)
        }
        if settings["aws_access_key_id"] != nil || settings["aws_secret_access_key"] != nil {
            return try Credentials(settings, place: "the profile \"\(profile)\"")
        }
        let indirect = ["sso_session", "sso_start_url", "role_arn", "credential_process", "login_session"]
        if let key = indirect.first(where: { settings[$0] != nil }) {
            throw .unsupportedProfile(profile, key: key)
        }
        throw .missingCredentials(profile: profile)
    }

    /// Where to reach a service: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, or the region's own endpoint.
    ///
    /// - Parameter service: In lower case, as in its host name, such as `dynamodb`.
    /// - Returns: An absolute URL that ends in `/`.
    public func endpoint(of service: String) throws(AWSSettingsError) -> String {
        for variable in ["AWS_ENDPOINT_URL_\(service.uppercased())", "AWS_ENDPOINT_URL"] {
            guard let url = environment.value(variable) else { continue }
            guard url.isHTTP else { throw .malformedEndpoint(variable) }
            return url.hasSuffix("/") ? url : url + "/"
        }
        let region = try requiredRegion()
        return "https://\(service).\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")/"
    }
}

extension Credentials {
    fileprivate init(_ settings: [String: String], place: String) throws(AWSSettingsError) {
        func required(_ key: String) throws(AWSSettingsError) -> String {
            guard let value = settings.value(key) else {
                throw .incompleteCredentials(missing: key, place: place)
            }
            return value
        }
        self.init(
            accessKeyID: try required("aws_access_key_id"),
            secretAccessKey: try required("aws_secret_access_key"),
            sessionToken: settings.value("aws_session_token"))
    }
}

extension [String: String] {
    /// Whether they are here, were it only in part.
    fileprivate var holdsCredentials: Bool {
        value("AWS_ACCESS_KEY_ID") != nil || value("AWS_SECRET_ACCESS_KEY") != nil
    }
}

extension String {
    fileprivate var isHTTP: Bool {
        for scheme in ["http://", "https://"] where hasPrefix(scheme) && utf8.count > scheme.utf8.count {
            return !utf8.contains { $0 <= 0x20 || $0 == 0x7F }
        }
        return false
    }
}

/// The environment holds secrets, and stays inside.
extension AWSSettings: CustomStringConvertible, CustomReflectable {
    public var description: String { "AWSSettings(profile: \(profile), region: \(region ?? "none"))" }

    public var customMirror: Mirror { Mirror(self, children: ["profile": profile]) }
}

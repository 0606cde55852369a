/// Why a region or credentials could not be found. Says where it was looked for; holds no secret.
public enum AWSSettingsError: Error, CustomStringConvertible {
    case missingCredentials(profile: String)
    case missingRegion(profile: String)
    /// One half of a key is set and the other is not.
    case incompleteCredentials(missing: String, place: String)
    case unknownProfile(String)
    /// The profile gets its credentials in a way that is not supported, by the key named.
    case unsupportedProfile(String, key: String)
    case malformedFile(path: String, line: Int)
    case malformedEndpoint(String)

    public var description: String {
        switch self {
        case .missingCredentials(let profile):
            "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them under the profile "
                + "\"\(profile)\" in ~/.aws/credentials"
        case .missingRegion(let profile):
            "no AWS region: set AWS_REGION, or region under the profile \"\(profile)\" in ~/.aws/config"
        case .incompleteCredentials(let missing, let place): "AWS credentials in \(place) lack \(missing)"
        case .unknownProfile(let profile):
            "no AWS profile \"\(profile)\" in the shared config or credentials file"
        case .unsupportedProfile(let profile, let key):
            "AWS profile \"\(profile)\" uses \(key), which is not supported; put the keys into the environment: "
                + "eval \"$(aws configure export-credentials --profile \(profile) --format env)\""
        case .malformedFile(let path, let line): "\(path), line \(line): neither a section nor key = value"
        case .malformedEndpoint(let variable): "\(variable) is no http or https URL"
        }
    }
}

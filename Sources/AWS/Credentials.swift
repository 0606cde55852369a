/// An access key of an AWS account. Printing one shows the key's id, never its secret.
public struct Credentials: Sendable, Equatable {
    public let accessKeyID: String
    public let secretAccessKey: String
    /// With temporary keys, such as those of a Lambda function.
    public let sessionToken: String?

    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "Credentials(\(accessKeyID), •••\(sessionToken == nil ? "" : ", session token •••"))"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}

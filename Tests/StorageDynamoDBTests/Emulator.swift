import AWS
import Foundation
import HTTPClient
import StorageDynamoDB
import Testing

/// A server that speaks DynamoDB's API, at the URL in `WHIPLASH_TEST_DYNAMODB`.
///
/// When it is one that checks signatures (ministack started with `AUTH=true`, whose root key is `test`) the tests
/// make themselves users with keys of their own through its IAM API. Other servers get the key `test`.
enum Emulator {
    static let endpoint = ProcessInfo.processInfo.environment["WHIPLASH_TEST_DYNAMODB"]

    /// Skips a test, and says why.
    static let isThere = ConditionTrait.enabled(
        if: endpoint != nil, "WHIPLASH_TEST_DYNAMODB is not set: no DynamoDB emulator to test against")

    /// Skips a test where signatures are not checked.
    static let isStrict = ConditionTrait.enabled(
        "WHIPLASH_TEST_DYNAMODB is not set, or its server checks no signatures (ministack: AUTH=true)"
    ) { endpoint == nil ? false : try await checksSignatures() }

    static let transport = Result { try CurlTransport(CurlTransport.Options(usesEnvironmentProxy: false)) }

    /// A user who may do everything in DynamoDB, made once.
    private static let user = Task { try await makeUser(policyAction: "dynamodb:*") }

    static func userCredentials() async throws -> Credentials { try await user.value }

    static func store() async throws -> DynamoDBStore { try store(with: try await user.value) }

    static func store(with credentials: Credentials) throws -> DynamoDBStore {
        try DynamoDBStore(settings: settings(credentials), transport: transport.get())
    }

    static func settings(_ credentials: Credentials) throws -> AWSSettings {
        try AWSSettings(environment: [
            "AWS_ENDPOINT_URL_DYNAMODB": try #require(endpoint), "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": credentials.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": credentials.secretAccessKey,
            "AWS_SESSION_TOKEN": credentials.sessionToken ?? "",
        ])
    }

    /// Whether the server checks signatures.
    static func checksSignatures() async throws -> Bool {
        let url = try #require(endpoint) + "/_ministack/health"
        let request = HTTPRequest(method: "GET", url: url, timeout: .seconds(10))
        let response = try await transport.get().send(request)
        return String(decoding: response.body, as: UTF8.self).contains(#""auth": "enabled""#)
    }

    /// A new user's key; the user may do what the policy's action says.
    static func makeUser(policyAction: String) async throws -> Credentials {
        let root = Credentials(accessKeyID: "test", secretAccessKey: "test")
        guard try await checksSignatures() else { return root }
        let name = "user-\(UInt64.random(in: 0...UInt64.max))"
        let policy = """
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "\(policyAction)", "Resource": "*"}}
            """
        _ = try await call("iam", "2010-05-08", ["Action": "CreateUser", "UserName": name], root)
        let grant = [
            "Action": "PutUserPolicy", "UserName": name, "PolicyName": "p", "PolicyDocument": policy,
        ]
        _ = try await call("iam", "2010-05-08", grant, root)
        let key = try await call("iam", "2010-05-08", ["Action": "CreateAccessKey", "UserName": name], root)
        return Credentials(
            accessKeyID: try text(of: "AccessKeyId", in: key),
            secretAccessKey: try text(of: "SecretAccessKey", in: key))
    }

    /// Temporary credentials of the same user, such as Lambda gives.
    static func session() async throws -> Credentials {
        let answer = try await call("sts", "2011-06-15", ["Action": "GetSessionToken"], try await user.value)
        return Credentials(
            accessKeyID: try text(of: "AccessKeyId", in: answer),
            secretAccessKey: try text(of: "SecretAccessKey", in: answer),
            sessionToken: try text(of: "SessionToken", in: answer))
    }

    private static func call(
        _ service: String, _ version: String, _ parameters: [String: String], _ credentials: Credentials
    ) async throws -> String {
        var form = URLComponents()
        form.queryItems = (parameters.map { ($0, $1) } + [("Version", version)]).map(URLQueryItem.init)
        let request = HTTPRequest(
            method: "POST", url: try #require(endpoint) + "/",
            headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array((form.percentEncodedQuery ?? "").utf8), timeout: .seconds(10))
        let signer = Signer(service: service, region: "us-east-1")
        let response = try await transport.get().send(signer.sign(request, with: credentials, at: Date()))
        let answer = String(decoding: response.body, as: UTF8.self)
        try #require(response.status == 200, "\(parameters["Action"] ?? ""): \(answer)")
        return answer
    }

    private static func text(of element: String, in xml: String) throws -> String {
        let start = try #require(xml.range(of: "<\(element)>")).upperBound
        let end = try #require(xml.range(of: "</\(element)>")).lowerBound
        return String(xml[start..<end])
    }
}

import Foundation
import Testing

@testable import AWS

@Suite struct AWSSettingsTests {
    /// An environment whose shared files hold these texts.
    func environment(
        _ variables: [String: String] = [:], config: String? = nil, credentials: String? = nil
    ) throws -> [String: String] {
        let home = FileManager.default.temporaryDirectory.appending(path: "aws-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: home.appending(path: ".aws"), withIntermediateDirectories: true)
        try config?.write(to: home.appending(path: ".aws/config"), atomically: true, encoding: .utf8)
        try credentials?.write(
            to: home.appending(path: ".aws/credentials"), atomically: true, encoding: .utf8)
        return variables.merging(["HOME": home.path()]) { own, _ in own }
    }

    func message(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return "\(error)" }
        return nil
    }

    @Test func theEnvironmentComesFirst() throws {
        let settings = try AWSSettings(
            environment: environment(
                [
                    "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T",
                    "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-1",
                ], config: "[default]\nregion = us-east-1\n",
                credentials: "[default]\naws_access_key_id = F\naws_secret_access_key = G\n"))
        #expect(
            try settings.credentials()
                == Credentials(accessKeyID: "A", secretAccessKey: "S", sessionToken: "T"))
        #expect(settings.region == "eu-west-1")
    }

    @Test func filesAreReadAsTheCommandLineWritesThem() throws {
        let config = """
            # a comment
            [default]
            region = us-east-1
            output=json
            s3 =
                max_concurrent_requests = 20

            [profile work account]
            region=eu-north-1 ; the near one
            aws_access_key_id = OLD

            [sso-session company]
            sso_region = us-east-1
            """
        let credentials = """
            [default]
            AWS_ACCESS_KEY_ID = D
            aws_secret_access_key = a/b+c=#d;e==
            aws_session_token =\t

            [work account]
            aws_access_key_id=W\r
            aws_secret_access_key=X\r
            aws_session_token=Y\r
            """
        let both = try environment(config: config, credentials: credentials)
        let settings = try AWSSettings(environment: both)
        #expect(try settings.credentials() == Credentials(accessKeyID: "D", secretAccessKey: "a/b+c=#d;e=="))
        #expect(settings.region == "us-east-1")
        let work = try AWSSettings(environment: both.merging(["AWS_PROFILE": "work account"]) { $1 })
        #expect(
            try work.credentials() == Credentials(accessKeyID: "W", secretAccessKey: "X", sessionToken: "Y"))
        #expect(work.region == "eu-north-1")
    }

    @Test func filesMayLieElsewhere() throws {
        let home = try environment(
            config: "[default]\nregion = here",
            credentials: "[default]\naws_access_key_id = F\naws_secret_access_key = G")
        let folder = try #require(home["HOME"]) + "/.aws/"
        let settings = try AWSSettings(environment: [
            "AWS_CONFIG_FILE": folder + "config", "AWS_SHARED_CREDENTIALS_FILE": folder + "credentials",
        ])
        #expect(settings.region == "here")
        #expect(try settings.credentials().accessKeyID == "F")
    }

    @Test("Keys that a tool writes anew are read anew")
    func credentialsAreReadAgain() throws {
        let variables = try environment(
            credentials: "[default]\naws_access_key_id = 1\naws_secret_access_key = a")
        let settings = try AWSSettings(environment: variables)
        #expect(try settings.credentials().accessKeyID == "1")
        try "[default]\naws_access_key_id = 2\naws_secret_access_key = b".write(
            toFile: try #require(variables["HOME"]) + "/.aws/credentials", atomically: true, encoding: .utf8)
        #expect(try settings.credentials().accessKeyID == "2")
    }

    @Test func whatIsMissingIsNamed() throws {
        let bare = try environment()
        let settings = try AWSSettings(environment: bare)
        #expect(
            message { _ = try settings.credentials() }?.hasPrefix("no AWS credentials: set AWS_ACCESS_KEY_ID")
                == true)
        #expect(
            message { _ = try settings.requiredRegion() }?.hasPrefix("no AWS region: set AWS_REGION") == true)
        let half = try AWSSettings(environment: bare.merging(["AWS_ACCESS_KEY_ID": "A"]) { $1 })
        #expect(
            message { _ = try half.credentials() }
                == "AWS credentials in the environment lack aws_secret_access_key")
        let unknown = bare.merging(["AWS_PROFILE": "nobody"]) { $1 }
        #expect(
            message { _ = try AWSSettings(environment: unknown) }
                == "no AWS profile \"nobody\" in the shared config or credentials file")
    }

    @Test(arguments: ["sso_session", "role_arn", "credential_process"])
    func indirectProfilesSayWhatToDo(key: String) throws {
        let settings = try AWSSettings(environment: environment(config: "[default]\n\(key) = x\n"))
        let text = try #require(message { _ = try settings.credentials() })
        #expect(text.contains("uses \(key), which is not supported"))
        #expect(text.contains("aws configure export-credentials --profile default --format env"))
    }

    @Test func aMalformedFileIsNamedWithItsLine() throws {
        let variables = try environment(config: "[default]\nregion = x\nnonsense\n")
        let text = message { _ = try AWSSettings(environment: variables) }
        #expect(text?.hasSuffix(".aws/config, line 3: neither a section nor key = value") == true)
    }

    @Test(arguments: [
        (["AWS_REGION": "eu-central-1"], "https://dynamodb.eu-central-1.amazonaws.com/"),
        (["AWS_REGION": "cn-north-1"], "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
        (["AWS_ENDPOINT_URL": "http://localhost:4566"], "http://localhost:4566/"),
        (
            ["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_DYNAMODB": "https://b:1/c/"],
            "https://b:1/c/"
        ),
    ]) func endpoints(variables: [String: String], endpoint: String) throws {
        #expect(try AWSSettings(environment: variables).endpoint(of: "dynamodb") == endpoint)
    }

    @Test(arguments: ["localhost:4566", "http://", "ftp://a", "http://a b"])
    func aMalformedEndpointIsRefused(url: String) throws {
        let settings = try AWSSettings(environment: ["AWS_ENDPOINT_URL_DYNAMODB": url])
        #expect(
            message { _ = try settings.endpoint(of: "dynamodb") }
                == "AWS_ENDPOINT_URL_DYNAMODB is no http or https URL")
    }

    @Test func secretsAreNeverPrinted() throws {
        let variables = [
            "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_SESSION_TOKEN": "hush2",
        ]
        let settings = try AWSSettings(environment: variables)
        let credentials = try settings.credentials()
        #expect("\(credentials)" == "Credentials(AKID, •••, session token •••)")
        var dumped = ""
        dump(credentials, to: &dumped)
        dump(settings, to: &dumped)
        dumped +=
            String(reflecting: credentials) + String(reflecting: settings) + "\([settings])\([credentials])"
        #expect(!dumped.contains("hush"))
    }
}

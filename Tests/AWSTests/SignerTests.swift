import Foundation
import HTTPClient
import Testing

@testable import AWS

@Suite struct SignerTests {
    /// Recorded by `Fixtures/signatures.py`.
    struct Fixtures: Decodable {
        let accessKeyID: String
        let secretAccessKey: String
        let cases: [Case]
    }

    struct Case: Decodable, CustomTestStringConvertible {
        let name, method, url, body, service, region, time, authorization: String
        let headers: [String: String]
        let token: String?

        var testDescription: String { "\(name) at \(time)" }
    }

    static let fixtures: Fixtures? = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Fixtures/signatures.json")
        return try? JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: file))
    }()

    @Test("Requests are signed as botocore signs them", arguments: fixtures?.cases ?? [])
    func matchesBotocore(of recorded: Case) throws {
        let fixtures = try #require(Self.fixtures)
        let signer = Signer(service: recorded.service, region: recorded.region)
        let credentials = Credentials(
            accessKeyID: fixtures.accessKeyID, secretAccessKey: fixtures.secretAccessKey,
            sessionToken: recorded.token)
        let request = HTTPRequest(
            method: recorded.method, url: recorded.url, headers: recorded.headers.map { ($0, $1) },
            body: Array(recorded.body.utf8), timeout: nil)
        let signed = signer.sign(request, with: credentials, at: try date(recorded.time))
        let added = Dictionary(
            uniqueKeysWithValues: signed.headers.dropFirst(request.headers.count).map { ($0, $1) })
        #expect(added["Authorization"] == recorded.authorization)
        #expect(added["X-Amz-Security-Token"] == recorded.token)
        #expect(added["X-Amz-Date"] == recorded.time.filter { $0 != "-" && $0 != ":" })
        #expect(added.count == (recorded.token == nil ? 2 : 3))
    }

    @Test func allFixturesAreThere() throws { #expect(try #require(Self.fixtures).cases.count == 27) }

    /// AWS General Reference, "Examples of the complete Signature Version 4 signing process".
    @Test func signsThePublishedExample() throws {
        let request = HTTPRequest(
            method: "GET", url: "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], timeout: nil)
        let signed = Signer(service: "iam", region: "us-east-1").sign(
            request,
            with: Credentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            at: try date("2015-08-30T12:36:00Z"))
        #expect(
            signed.headers.last?.value
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                + "SignedHeaders=content-type;host;x-amz-date, "
                + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    }

    @Test("A signer goes on to a new day, and to new credentials")
    func keyIsDerivedAnew() throws {
        let request = HTTPRequest(method: "POST", url: "https://example.amazonaws.com/", timeout: nil)
        let shared = Signer(service: "service", region: "us-east-1")
        for time in ["2015-08-30T12:36:00Z", "2015-08-31T00:00:00Z", "2015-08-30T12:36:00Z"] {
            for secret in ["one", "two"] {
                let credentials = Credentials(accessKeyID: "id", secretAccessKey: secret)
                let fresh = Signer(service: "service", region: "us-east-1")
                let signatures = try [shared, fresh].map {
                    $0.sign(request, with: credentials, at: try date(time)).headers.last?.value
                }
                #expect(signatures[0] == signatures[1])
            }
        }
    }

    private func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }
}

import API
import Foundation
import Testing

@Suite("Events of a REST API (v1)")
struct RESTEventTests {
    @Test("Method and path come as sent: encoded, without the stage")
    func keepsThePath() async throws {
        let request = try await RecordedEvent("rest").request()
        #expect(request.method == "GET")
        #expect(request.path == "/projects/p%20q/collections/c/items/a%2Fb%25%C3%BC+1")
        #expect(request.body.isEmpty)
    }

    @Test("A query comes decoded, and is not decoded again; every value of a name is there")
    func takesTheQuery() async throws {
        let request = try await RecordedEvent("rest").request()
        #expect(
            request.pairs.sorted() == ["cursor=a+b c&d", "include_vector=false", "include_vector=true"])
    }

    @Test("Without the map of many values the other one counts")
    func takesTheSingleValuedQuery() async throws {
        var event = try RecordedEvent("rest")
        event.fields["multiValueQueryStringParameters"] = NSNull()
        #expect(try await event.request().pairs.sorted() == ["cursor=a+b c&d", "include_vector=true"])
    }

    @Test("A key that the gateway has checked is checked")
    func trustsTheGateway() async throws {
        #expect(try await RecordedEvent("rest").request().presentedKey == nil)
    }

    @Test("A method that demands no key has checked none: then the header's key is only presented")
    func doesNotTrustMethodsWithoutKey() async throws {
        var event = try RecordedEvent("rest")
        event.setContext("identity", ["sourceIp": "192.0.2.7", "apiKey": NSNull(), "apiKeyId": ""])
        #expect(try await event.request().presentedKey == .some("SECRETSECRETSECRETSECRET"))
        event.setContext("identity", nil)
        #expect(try await event.request().presentedKey == .some("SECRETSECRETSECRETSECRET"))
        event.fields["headers"] = NSNull()
        #expect(try await event.request().presentedKey == .some("SECRETSECRETSECRETSECRET"))
        event.fields["multiValueHeaders"] = NSNull()
        #expect(try await event.request().presentedKey == .some(nil))
    }

    @Test("The console's test, where nearly everything is null, is a request")
    func toleratesNulls() async throws {
        let request = try await RecordedEvent("rest-console-test").request()
        #expect(request.method == "GET" && request.path == "/projects")
        #expect(request.query.isEmpty && request.body.isEmpty)
        #expect(request.presentedKey == nil)
    }

    @Test("Fields that are missing altogether are as good as null")
    func toleratesMissingFields() async throws {
        let request = try await RecordedEvent(["httpMethod": "get", "path": "/health"]).request()
        #expect(request.method == "GET" && request.path == "/health")
        #expect(request.presentedKey == .some(nil))
    }

    @Test(
        "The base path of a custom domain is not of the API",
        arguments: [
            ("/v1/projects/p%2F1", "/projects/{projectId}", "/projects/p%2F1"),
            ("/a/b/projects", "/projects", "/projects"),
            ("/projects/projects", "/projects/{projectId}", "/projects/projects"),
            ("/v1/projects/", "/projects", "/projects"),
            ("/v1", "/", "/"),
            ("/", "/", "/"),
        ])
    func stripsBasePath(path: String, resource: String, expected: String) async throws {
        var event = try RecordedEvent("rest-console-test")
        event.fields["path"] = path
        event.fields["resource"] = resource
        #expect(try await event.request().path == expected)
    }

    @Test("It is not, behind a greedy route either")
    func stripsBasePathOfGreedyRoutes() async throws {
        var event = try RecordedEvent("rest-console-test")
        event.fields["resource"] = "/{proxy+}"
        event.fields["path"] = "/v1/projects/p%2F1//collections"
        event.fields["pathParameters"] = ["proxy": "projects/p%2F1//collections"]
        #expect(try await event.request().path == "/projects/p%2F1//collections")
        event.fields["pathParameters"] = NSNull()
        #expect(try await event.request().path == "/v1/projects/p%2F1//collections")
    }

    @Test("A body is its text, or the bytes that its base64 stands for")
    func decodesBodies() async throws {
        var event = try RecordedEvent("rest")
        event.fields["body"] = "{\"text\": \"ü\"}"
        #expect(try await event.request().text == "{\"text\": \"ü\"}")
        event.fields["body"] = "AP+A"
        event.fields["isBase64Encoded"] = true
        #expect(try await event.request().body == [0x00, 0xFF, 0x80])
    }
}

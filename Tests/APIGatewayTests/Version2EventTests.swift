import API
import Foundation
import Testing

@Suite("Events of an HTTP API and of function URLs (v2)")
struct Version2EventTests {
    @Test("An HTTP API's decoded path is encoded again, and loses its stage")
    func encodesTheHTTPAPIsPath() async throws {
        let request = try await RecordedEvent("http-api").request()
        #expect(request.method == "GET")
        #expect(request.path == "/projects/p%20q/collections/c/items/50%25%C3%BC%2B1")
    }

    @Test("A function URL's path comes as sent")
    func keepsTheFunctionURLsPath() async throws {
        let request = try await RecordedEvent("function-url").request()
        #expect(request.method == "PUT")
        #expect(request.path == "/projects/p%20q/collections/c/items/a%2Fb%3F")
    }

    @Test("The default stage is in no path, and a path of nothing but the stage is the root")
    func stripsStages() async throws {
        var event = try RecordedEvent("http-api")
        event.fields["rawPath"] = "/live"
        #expect(try await event.request().path == "/")
        event.fields["rawPath"] = "/lively/projects"
        #expect(try await event.request().path == "/lively/projects")
        event.setContext("stage", "$default")
        event.fields["rawPath"] = "/live/projects"
        #expect(try await event.request().path == "/live/projects")
    }

    @Test("What is before the template of a named route is a base path")
    func stripsBasePath() async throws {
        var event = try RecordedEvent("http-api")
        event.fields["routeKey"] = "GET /projects/{projectId}"
        event.fields["rawPath"] = "/v1/projects/p q"
        #expect(try await event.request().path == "/projects/p%20q")
    }

    @Test("A slash in an id, which the gateway decodes, makes no other route of it")
    func leavesDecodedSlashes() async throws {
        var event = try RecordedEvent("http-api")
        event.fields["routeKey"] = "GET /projects/{projectId}"
        event.setContext("stage", "$default")
        event.fields["rawPath"] = "/projects/a/b"
        #expect(try await event.request().path == "/projects/a/b")
    }

    @Test(
        "An id that holds the path of another item is not taken for that item",
        arguments: ["x/projects/p2/collections/c2/items/y", "x%2Fprojects%2fp2/collections/c2/items/y"])
    func cannotReachOtherItems(parameter: String) async throws {
        var event = try RecordedEvent("http-api")
        event.fields["routeKey"] = "DELETE /projects/{projectId}/collections/{collectionId}/items/{itemId}"
        event.fields["pathParameters"] = ["projectId": "p1", "collectionId": "c1", "itemId": parameter]
        let path = "/projects/p1/collections/c1/items/x/projects/p2/collections/c2/items/y"
        event.fields["rawPath"] = "/live" + path
        #expect(try await event.request().path == path)
    }

    @Test("Where a named route does not tell the base path, the stage is none of the path all the same")
    func stripsStageOfNamedRoutes() async throws {
        var event = try RecordedEvent("http-api")
        event.fields["routeKey"] = "ANY /{proxy+}"
        event.fields["rawPath"] = "/live/projects/p q"
        event.fields["pathParameters"] = ["proxy": "projects/p%20q"]
        #expect(try await event.request().path == "/projects/p%20q")
        event.fields["routeKey"] = "GET /projects/{projectId}"
        event.fields["rawPath"] = "/live/projects/a/b"
        event.fields["pathParameters"] = ["projectId": "a/b"]
        #expect(try await event.request().path == "/projects/a/b")
    }

    @Test("The raw query is decoded once: plus signs, escapes, and what is none")
    func decodesTheQuery() async throws {
        let request = try await RecordedEvent("http-api").request()
        #expect(request.pairs == ["include_vector=false", "cursor=a+b c&d%zz", "flag="])
    }

    @Test(
        "Odd raw queries",
        arguments: [
            ("", []), ("&&", []), ("a=b=c", ["a=b=c"]), ("=v", ["=v"]), ("a=%", ["a=%"]), ("a=%4", ["a=%4"]),
            ("a=%+5", ["a=% 5"]), ("a=%2525", ["a=%25"]), ("%61=%C3%BC", ["a=ü"]),
        ])
    func decodesOddQueries(raw: String, expected: [String]) async throws {
        var event = try RecordedEvent("function-url")
        event.fields["rawQueryString"] = raw
        #expect(try await event.request().pairs == expected)
    }

    @Test("A body of base64 is the bytes it stands for")
    func decodesBodies() async throws {
        #expect(try await RecordedEvent("function-url").request().text == "{\"vector\":[1,2,3]}")
    }

    @Test("Nothing before these has checked a key", arguments: ["http-api", "function-url"])
    func presentsTheKey(name: String) async throws {
        var event = try RecordedEvent(name)
        #expect(try await event.request().presentedKey == .some("SECRETSECRETSECRETSECRET"))
        event.fields["headers"] = ["host": "h"]
        #expect(try await event.request().presentedKey == .some(nil))
    }

    @Test(
        "No field that belongs to a REST API makes its key a checked one",
        arguments: ["http-api", "function-url"])
    func cannotPassForREST(name: String) async throws {
        let rest = try RecordedEvent("rest")
        var event = try RecordedEvent(name)
        for (key, value) in rest.fields where event.fields[key] == nil { event.fields[key] = value }
        let context = rest.fields["requestContext"] as? [String: Any] ?? [:]
        for key in ["identity", "resourceId", "apiKeyId"] { event.setContext(key, context[key] ?? "k") }
        event.fields["headers"] = ["host": "h"]
        event.fields["multiValueHeaders"] = NSNull()
        #expect(try await event.request().presentedKey == .some(nil))
    }

    @Test("An HTTP API that sends payload format 1.0 has checked no key either")
    func doesNotTrustVersion1() async throws {
        var event = try RecordedEvent("rest")
        event.fields["version"] = "1.0"
        #expect(try await event.request().presentedKey == .some("SECRETSECRETSECRETSECRET"))
    }

    @Test("Its default route names no template, and its path has the stage")
    func stripsStageOfVersion1() async throws {
        var event = try RecordedEvent("rest")
        event.fields["version"] = "1.0"
        event.fields["resource"] = "$default"
        event.fields["path"] = "/dev/projects/p"
        #expect(try await event.request().path == "/projects/p")
    }
}

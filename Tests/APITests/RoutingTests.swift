import API
import Foundation
import Testing

@Suite struct RoutingTests {
    @Test func everyRouteHasAnOperationOfItsOwn() {
        let routes = Router.routes
        #expect(Set(routes.map(\.operationId)).count == routes.count)
        #expect(Set(routes.map { "\($0.method) \($0.template)" }).count == routes.count)
        #expect(routes.count == 36)
    }

    @Test("An operation's file, type and operationId share one name")
    func operationsAreNamedAlike() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/API/Operations")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let names = Router.routes.map { route in
            route.operationId.prefix(1).uppercased() + route.operationId.dropFirst()
        }
        #expect(Set(files) == Set(names.map { "\($0).swift" }))
        for name in names {
            let text = try String(contentsOf: folder.appending(path: "\(name).swift"), encoding: .utf8)
            #expect(text.contains("enum \(name): Operation {"))
        }
    }

    @Test("Every route is reached by its own path")
    func everyRouteIsReached() async {
        let service = Service()
        for route in Router.routes {
            let path = route.template.replacing(/\{\w+\}/, with: "x")
            let answer = await service.send(route.method, path, "{}")
            #expect(answer.message != "There is nothing at this path.", "\(route.method) \(path)")
            #expect(answer.status != 405, "\(route.method) \(path)")
        }
    }

    @Test(arguments: [
        "/", "", "/nothing", "/projects/p/c", "/projects//collections", "/projects/p/collections//items",
    ])
    func unknownPathsAreNotFound(path: String) async {
        let answer = await Service().send("GET", path)
        #expect(answer.status == 404)
        #expect(answer.code == "not_found")
    }

    @Test func otherMethodsAreNamed() async {
        let service = Service()
        let answer = await service.send("PUT", "/projects")
        #expect(answer.status == 405)
        #expect(answer.code == "method_not_allowed")
        #expect(answer.header("Allow") == "GET, POST, OPTIONS")
        #expect(await service.send("DELETE", Service.collection + "/items").status == 405)
        #expect(await service.send("HEAD", "/health").status == 405)
        #expect(await service.send("get", "/health").status == 405)
    }

    @Test("A path with the literal 'batch' takes the methods of both templates")
    func literalAndParameterMeet() async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("OTHER", Service.collection + "/items/batch")
        #expect(answer.header("Allow") == "POST, GET, PUT, PATCH, DELETE, OPTIONS")
        #expect(
            await service.send("PUT", Service.collection + "/items/batch", #"{"vector":[1,2,3]}"#).status
                == 200)
        let item = await service.send("GET", Service.collection + "/items/batch")
        #expect(item.text == #"{"id":"batch","vector":[1.0,2.0,3.0]}"#)
    }

    @Test func preflightNeedsNoKey() async {
        let answer = await Service().send("OPTIONS", "/projects", credential: .presented(nil))
        #expect(answer.status == 204)
        #expect(answer.text.isEmpty)
        #expect(answer.header("Access-Control-Allow-Origin") == "*")
        #expect(answer.header("Access-Control-Allow-Headers") == "Content-Type, X-Api-Key")
        #expect(answer.header("Access-Control-Allow-Methods") == "GET, POST, PUT, PATCH, DELETE, OPTIONS")
    }

    @Test(arguments: ["/health", "/health/", "//health"])
    func slashesAroundAPathDoNotCount(path: String) async {
        let answer = await Service().send("GET", path)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"ok"}"#)
    }

    @Test func everyAnswerIsJSONForAnyOrigin() async {
        let service = Service()
        for (method, path) in [
            ("GET", "/health"), ("GET", "/projects"), ("GET", "/x"), ("PUT", "/projects"),
            ("POST", "/projects"),
        ] {
            let answer = await service.send(method, path)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.header("Access-Control-Allow-Origin") == "*")
            #expect(answer.json != nil)
        }
    }

    @Test(
        "Ids in paths are decoded exactly once",
        arguments: [
            ("a%2Fb", "a/b"), ("%2541", "%41"), ("a+b", "a+b"), ("a%2Bb", "a+b"), ("%E2%82%AC", "€"),
            ("€", "€"),
            ("%F0%9F%8D%8E", "🍎"), ("a%20b", "a b"), ("%3Fq%23h", "?q#h"), ("%2e%2Ea", "..a"),
            ("e%CC%81", "e\u{301}"),
            ("%22%5C", "\"\\"), ("a;b=c&d", "a;b=c&d"),
        ])
    func decodesOnce(encoded: String, id: String) async throws {
        let service = try await Service.withCollection()
        let path = "\(Service.collection)/items/\(encoded)"
        let stored = await service.send("PUT", path, #"{"vector":[1,2,3]}"#)
        #expect(stored.status == 200)
        let storedId = try #require(stored.json?["id"] as? String)
        #expect(storedId.utf8.elementsEqual(id.utf8))
        #expect(await service.send("GET", path).text == stored.text)
    }

    @Test(arguments: ["%", "%4", "%G1", "%zz", "a%", "%FF", "%C0%80", "%ED%A0%80", "%E2%82"])
    func refusesBrokenEncodings(encoded: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("GET", "\(Service.collection)/items/\(encoded)")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid")
        #expect(answer.field == "path")
    }
}

import Storage
import Testing
import Whiplash

@testable import API

@Suite struct AdministrationTests {
    private static let path = Service.collection

    @Test func changesWhatIsNamedAndNothingElse() async throws {
        let service = try await Service.withCollection(
            #""n_features":3,"description":"Old","metadata":{"a":1}"#)
        let made = await service.send("GET", Self.path)
        #expect(made.text.hasSuffix(#""created_at":1800000000000,"description":"Old","metadata":{"a":1}}"#))
        let changed = await service.send(
            "PATCH", Self.path, #"{"metadata":{"b":[2]},"n_planes":3,"bit_scale_factor":1.5}"#)
        #expect(changed.status == 200)
        #expect(changed.text.contains(#""n_planes":3,"bit_start":8,"bit_scale_factor":1.5"#))
        #expect(changed.text.hasSuffix(#""description":"Old","metadata":{"a":1,"b":[2]}}"#))
        let bare = await service.send("PATCH", Self.path, #"{"metadata":null,"description":null}"#)
        #expect(bare.text.hasSuffix(#""created_at":1800000000000}"#))
        #expect(await service.send("GET", Self.path).text == bare.text)
    }

    @Test(
        "What rows depend on is refused by name, with what to do instead",
        arguments: [
            ("metric", "clone"), ("vector_type", "clone"), ("text_index", "clone"), ("n_features", "import"),
            ("grouping", "import"), ("name", "rename"), ("collection_name", "rename"),
            ("project_name", "import"),
        ])
    func fixedFields(field: String, instead: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("PATCH", Self.path, "{\"description\":\"x\",\"\(field)\":true}")
        #expect(answer.status == 400 && answer.field == field)
        #expect(
            answer.message.hasPrefix("'\(field)' cannot be changed: ") && answer.message.contains(instead))
        #expect(await !service.send("GET", Self.path).text.contains("description"))
    }

    @Test(arguments: [
        ("PATCH", "", "{}", ""), ("PATCH", "", #"{"colour":1}"#, "colour"),
        ("PATCH", "", #"{"bit_start":31}"#, "bit_start"), ("PATCH", "", #"{"metadata":[]}"#, "metadata"),
        ("PATCH", "", #"{"description":3}"#, "description"), ("POST", "/rename", "{}", "name"),
        ("POST", "/rename", #"{"name":"a/b"}"#, "name"), ("POST", "/clone", "{}", "name"),
        ("POST", "/clone", #"{"name":"x","metric":"taxi"}"#, "metric"),
        ("POST", "/clone", #"{"name":"x","n_features":3}"#, "n_features"),
        ("POST", "/clone", #"{"name":".."}"#, "name"),
    ])
    func brokenRules(method: String, more: String, body: String, field: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send(method, Self.path + more, body)
        #expect(answer.status == 400 && answer.code == "invalid" && (answer.field ?? "") == field)
    }

    @Test func renamesAndTellsOfTakenNames() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("PUT", "/projects/p/aliases/alias", #"{"collection":"c"}"#)
        let renamed = await service.send("POST", Self.path + "/rename", #"{"name":"d"}"#)
        #expect(renamed.json?["id"] as? String == "p_dev_d")
        #expect(await service.send("POST", Self.path + "/rename", #"{"name":"d"}"#).text == renamed.text)
        #expect(await service.send("GET", Self.path).status == 404)
        #expect(await service.send("GET", "/projects/p/collections/alias").text == renamed.text)
        for taken in ["alias", "d"] {
            let answer = await service.send(
                "POST", "/projects/p/collections/d/rename", "{\"name\":\"\(taken)\"}")
            #expect(answer.status == 409 && answer.code == "already_exists")
        }
        #expect(await service.send("POST", Self.path + "/rename", #"{"name":"e"}"#).status == 404)
    }

    @Test("An unfinished clone is shown with how far it is, and its items are refused")
    func unfinishedClone() async throws {
        let store = MemoryStore()
        let service = try await Service.withCollection(store: store)
        let items = (0..<300).map { #"{"id":"\#($0)","vector":[1,2,\#($0)]}"# }.joined(separator: ",")
        _ = await service.send("POST", Self.path + "/items/batch", "{\"vectors\":[\(items)]}")
        let database = Database(store: store, now: { Service.now })
        _ = try await database.cloneCollection("c", as: NewClone(name: "d"), in: "p", within: 0)
        let path = "/projects/p/collections/d"
        let clone = #""clone":{"source":"c","copied":256,"started_at":1800000000000}}"#
        #expect(await service.send("GET", path).text.hasSuffix(clone))
        #expect(await service.send("GET", "/projects/p/collections").text.contains(clone))
        for (method, more, body) in [
            ("POST", "/search", #"{"query":[1,2,3]}"#), ("GET", "/items", ""), ("POST", "/tune", ""),
            ("POST", "/items", #"{"id":"a","vector":[1,2,3]}"#), ("GET", "/stats", ""),
            ("PATCH", "", #"{"description":"x"}"#), ("POST", "/rename", #"{"name":"e"}"#),
        ] {
            let answer = await service.send(method, path + more, body)
            #expect(answer.status == 409 && answer.code == "conflict", "\(method) \(more)")
            #expect(answer.message.contains("unfinished clone of 'c', with 256 items"))
        }
        let done = await service.send("POST", Self.path + "/clone", #"{"name":"d"}"#)
        #expect(done.text == #"{"message":"success","done":true,"state":"cloned","copied":300}"#)
        #expect(await !service.send("GET", path).text.contains("clone"))
        #expect(await service.send("POST", Self.path + "/clone", #"{"name":"d"}"#).status == 409)
    }
}

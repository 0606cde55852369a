import API
import Storage
import Testing
import Whiplash

@Suite struct AccessTests {
    private static let keys = #"""
        [{"key": "reader-key", "scopes": ["read"]}, {"key": "writer-key", "scopes": ["write"], "projects": ["a"]},
         {"key": "tenant-key", "projects": ["a", "c"]}, {"api_key_id": "gateway-1", "scopes": ["read"], "projects": ["a"]}]
        """#

    /// With projects `a` and `b`, a collection `c` in each and an item `i` in each of them.
    private func service(_ keys: String = AccessTests.keys) async throws -> Service {
        let service = Service(keys: try AccessKey.list(keys))
        for project in ["a", "b"] {
            let body = #"{"name":"c","n_features":2}"#
            _ = await service.send("POST", "/projects/\(project)/collections", body)
            _ = await service.send(
                "POST", "/projects/\(project)/collections/c/items", #"{"id":"i","vector":[1,0]}"#)
        }
        return service
    }

    private static let reads = [
        ("GET", "/projects/a", ""), ("GET", "/projects/a/collections", ""),
        ("GET", "/projects/a/collections/c", ""),
        ("GET", "/projects/a/collections/c/items/i", ""), ("GET", "/projects/a/collections/c/items", ""),
        ("POST", "/projects/a/collections/c/items/batch/get", #"{"ids":["i"]}"#),
        ("POST", "/projects/a/collections/c/search", #"{"query":[1,0]}"#),
    ]
    private static let writes = [
        ("POST", "/projects/a/collections/c/items", #"{"id":"j","vector":[1,0]}"#),
        ("POST", "/projects/a/collections/c/items/batch", #"{"vectors":[{"id":"j","vector":[1,0]}]}"#),
        ("PUT", "/projects/a/collections/c/items/i", #"{"vector":[1,0]}"#),
        ("DELETE", "/projects/a/collections/c/items/i", ""),
        ("POST", "/projects/a/collections/c/items/batch/delete", #"{"ids":["i"]}"#),
    ]
    /// What stores and answers with what was stored.
    private static let changes = [
        ("PATCH", "/projects/a/collections/c/items/i", #"{"vector":[0,1]}"#)
    ]
    private static let tasks = [
        ("POST", "/projects", #"{"name":"a"}"#),
        ("POST", "/projects/a/collections", #"{"name":"d","n_features":2}"#),
        ("DELETE", "/projects/a/collections/c", ""), ("DELETE", "/projects/a", ""),
    ]

    @Test(
        "Each key does what its scopes say, and nothing else",
        arguments: ["reader-key", "writer-key", "tenant-key"])
    func scopes(key: String) async throws {
        let allowed = [
            "reader-key": Self.reads, "writer-key": Self.writes,
            "tenant-key": Self.reads + Self.writes + Self.changes + Self.tasks,
        ]
        for (method, path, body) in Self.reads + Self.writes + Self.changes + Self.tasks {
            let answer = await (try service()).send(method, path, body, credential: .presented(key))
            let isAllowed = allowed[key]?.contains { $0 == (method, path, body) } == true
            #expect(
                (answer.status == 403) == !isAllowed, "\(method) \(path): \(answer.status) \(answer.text)")
            if !isAllowed { #expect(answer.code == "forbidden" && !answer.text.contains(key)) }
        }
    }

    @Test("A key that is limited to projects sees and touches no other")
    func projects() async throws {
        let service = try await service()
        for (method, path, body) in Self.reads + Self.writes + Self.changes + Self.tasks.dropFirst() {
            let other = path.replacing("/projects/a", with: "/projects/b")
            let answer = await service.send(method, other, body, credential: .presented("tenant-key"))
            #expect(answer.status == 403, "\(method) \(other)")
        }
        let made = await service.send(
            "POST", "/projects", #"{"name":"b2"}"#, credential: .presented("tenant-key"))
        #expect(made.status == 403)
        let listed = await service.send("GET", "/projects", credential: .presented("tenant-key"))
        #expect((listed.json?["projects"] as? [String: Any])?.keys.sorted() == ["a"])
        let all = await service.send("GET", "/projects", credential: .presented("reader-key"))
        #expect((all.json?["projects"] as? [String: Any])?.keys.sorted() == ["a", "b"])
    }

    @Test("Behind the gateway keys are told by their ids, and once one is named the others may do nothing")
    func gatewayKeys() async throws {
        let service = try await service()
        func status(_ id: String, _ path: String) async -> Int {
            await service.send("GET", path, credential: .checkedByGateway(keyID: id)).status
        }
        #expect(await status("gateway-1", "/projects/a") == 200)
        #expect(await status("gateway-1", "/projects/b") == 403)
        #expect(await status("gateway-2", "/projects/a") == 403)
        let open = try await self.service(#"[{"key": "reader-key", "scopes": ["read"]}]"#)
        #expect(
            await open.send("GET", "/projects/b", credential: .checkedByGateway(keyID: "x")).status == 200)
    }

    @Test("The owner's key does everything, a key of nobody nothing")
    func ownerAndStrangers() async throws {
        let service = try await service()
        #expect(await service.send("GET", "/projects/b").status == 200)
        for key in ["reader-ke", "reader-keyy", "gateway-1", "stranger"] {
            #expect(await service.send("GET", "/projects/a", credential: .presented(key)).status == 403)
        }
    }

    @Test(
        "A faulty list says what is wrong and shows no key",
        arguments: [
            ("{}", "an array"), (#"[{}]"#, "[0]': expected either 'key' or 'api_key_id'"),
            (#"[{"key": "short"}]"#, "8 to 128"),
            (#"[{"key": "long-enough", "scopes": ["own"]}]"#, "'read' or 'write' or 'admin'"),
            (#"[{"key": "long-enough", "api_key_id": "x"}]"#, "both"),
            (#"[{"key": "long-enough", "rights": 1}]"#, "rights"),
            (#"[{"key": "long-enough", "projects": []}]"#, "at least 1"), ("nonsense", "not valid JSON"),
            (#"[{"key": "long-enough", "projects": ["b", "a b"]}]"#, "projects[1]': expected 1 to 64"),
            (#"[{"key": "long-enough", "scopes": []}]"#, "at least 1 scope"),
            (#"[{"key": "long-enough"}, {"key": "long-enough", "scopes": ["read"]}]"#, "[0] again"),
            (#"[{"api_key_id": "x"}, {"key": "another-key"}, {"api_key_id": "x"}]"#, "[0] again"),
            (#"[{"key": "the-owner's-key"}]"#, "that of WHIPLASH_API_KEY"),
            ("[{", "JSON"),
        ])
    func faultyLists(list: String, expected: String) {
        #expect {
            try AccessKey.list(list, besides: "the-owner's-key")
        } throws: { error in
            let text = "\(error)"
            return text.contains(expected) && text.contains("WHIPLASH_KEYS") && !text.contains("long-enough")
        }
    }
}

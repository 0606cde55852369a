import Testing

/// Groups, as a client sees them.
@Suite struct GroupTests {
    private let items = Service.collection + "/items"
    private let groups = Service.collection + "/groups"
    private let search = Service.collection + "/search"

    private func grouped(_ more: String = "") async throws -> Service {
        try await Service.withCollection(#""n_features":2,"grouping":true"# + more)
    }

    private func filled() async throws -> Service {
        let service = try await grouped()
        let batch = #"""
            {"vectors":[{"id":"a","vector":[1,2],"group":"ann"},{"id":"b","vector":[2,1],"group":"ann"},
            {"id":"a","vector":[2,1],"group":"bob","metadata":{"x":1},"text":"t"}]}
            """#
        #expect(
            await service.send("POST", items + "/batch", batch).text == #"{"message":"success","count":3}"#)
        return service
    }

    @Test func searchingFindsTheGroupsItemsAlone() async throws {
        let service = try await filled()
        let found = await service.send("POST", search, #"{"query":[2,1],"group":"ann"}"#)
        #expect(
            found.text
                == #"[{"id":"b","group":"ann","vector":[2.0,1.0],"dist":1.0},{"id":"a","group":"ann","vector":[1.0,2.0],"dist":0.8}]"#
        )
        let bob = await service.send(
            "GET", search, #"{"query":[2,1],"group":"bob","include_vector":false,"exact":false}"#)
        #expect(bob.text == #"[{"id":"a","group":"bob","metadata":{"x":1},"text":"t","dist":1.0}]"#)
        #expect(await service.send("POST", search, #"{"query":[2,1],"group":"eve"}"#).text == "[]")
        let careless = await service.send(
            "POST", search, #"{"query":[2,1],"group":"ann","target_recall":0.9}"#)
        #expect(careless.status == 400 && careless.field == "target_recall")
    }

    @Test func anItemIsReachedByItsGroupAndId() async throws {
        let service = try await filled()
        func send(_ method: String, _ group: String?, _ body: String = "") async -> Answer {
            await service.send(
                method, items + "/a", body, query: group.map { [("group", $0)] } ?? [])
        }
        #expect(await send("GET", "ann").text == #"{"id":"a","group":"ann","vector":[1.0,2.0]}"#)
        #expect(await send("GET", "eve").status == 404)
        #expect(
            await send("PATCH", "ann", #"{"text":"new"}"#).text
                == #"{"id":"a","group":"ann","vector":[1.0,2.0],"text":"new"}"#)
        let put = #"{"id":"a","group":"ann","vector":[3.0,2.0]}"#
        #expect(await send("PUT", "ann", #"{"vector":[3,2]}"#).text == put)
        #expect(await send("PUT", nil, put).text == put)
        #expect(await send("PUT", "ann", put).text == put)
        #expect(await send("PUT", "bob", put).field == "group")
        #expect(await send("DELETE", "ann").text == #"{"message":"success","deleted":1}"#)
        #expect(await send("GET", "ann").status == 404)
        #expect(await send("GET", "bob").status == 200)
        for (method, body) in [
            ("GET", ""), ("PUT", #"{"vector":[1,2]}"#), ("PATCH", #"{"text":"t"}"#), ("DELETE", ""),
        ] {
            for group in [nil, ""] {
                let answer = await send(method, group, body)
                #expect(answer.status == 400 && answer.field == "group")
                let received =
                    group == nil ? "as the collection has groups, received none" : "received an empty string"
                #expect(answer.message.contains(received), "\(answer.text)")
            }
        }
    }

    @Test func manyItemsAreReachedByTheirGroupAndIds() async throws {
        let service = try await filled()
        #expect(
            await service.send("POST", items + "/batch/get", #"{"group":"bob","ids":["a","b"]}"#).text
                == #"{"items":[{"id":"a","group":"bob","vector":[2.0,1.0],"metadata":{"x":1},"text":"t"}],"missing":["b"]}"#
        )
        #expect(
            await service.send("POST", items + "/batch/delete", #"{"group":"ann","ids":["a","b","c"]}"#).text
                == #"{"message":"success","deleted":2}"#)
        for operation in ["get", "delete"] {
            let answer = await service.send("POST", items + "/batch/" + operation, #"{"ids":["a"]}"#)
            #expect(answer.status == 400 && answer.field == "group")
        }
    }

    @Test func itemsAreListedByGroupAndAllTogether() async throws {
        let service = try await filled()
        let bob = await service.send("GET", items, query: [("group", "bob"), ("include_vector", "false")])
        #expect(
            bob.text
                == #"{"items":[{"id":"a","group":"bob","metadata":{"x":1},"text":"t"}],"cursor":null}"#)
        let all = await service.send("GET", items, query: [("include_vector", "false")])
        for (id, group) in [("a", "ann"), ("b", "ann"), ("a", "bob")] {
            #expect(all.text.contains(#"{"id":"\#(id)","group":"\#(group)""#))
        }
        let page = await service.send("GET", items, query: [("group", "ann"), ("limit", "1")])
        let cursor = try #require(page.json?["cursor"] as? String)
        let rest = await service.send(
            "GET", items, query: [("group", "ann"), ("limit", "1"), ("cursor", cursor)])
        #expect(rest.text.contains(#""id":"b""#))
        let nobody = await service.send("GET", items, query: [("group", "")])
        #expect(nobody.status == 400 && nobody.field == "group", "not everybody's items")
        let other = await service.send("GET", items, query: [("group", "bob"), ("cursor", cursor)])
        #expect(other.status == 400 && other.field == "cursor")
    }

    @Test func groupsAreListedAndDeleted() async throws {
        let service = try await filled()
        var (names, cursor): ([String], String?) = ([], nil)
        repeat {
            let page = await service.send(
                "GET", groups, query: [("limit", "1")] + (cursor.map { [("cursor", $0)] } ?? []))
            names += page.json?["groups"] as? [String] ?? []
            cursor = page.json?["cursor"] as? String
        } while cursor != nil
        #expect(names.sorted() == ["ann", "bob"])
        #expect(
            await service.send("DELETE", groups + "/ann").text == #"{"message":"success","deleted":2}"#)
        #expect(
            await service.send("DELETE", groups + "/ann").text == #"{"message":"success","deleted":0}"#)
        #expect(await service.send("GET", groups).text == #"{"groups":["bob"],"cursor":null}"#)
        #expect(await service.send("DELETE", groups + "/a%00").field == "groupId")
        for (name, value) in [("limit", "0"), ("limit", "1001"), ("cursor", "x"), ("group", "ann")] {
            let answer = await service.send("GET", groups, query: [(name, value)])
            #expect(answer.status == 400 && answer.field == name)
        }
    }

    @Test func namesMayBeAnything() async throws {
        let service = try await grouped()
        for (name, path) in [("a/b", "a%2Fb"), ("é ü", "%C3%A9%20%C3%BC"), ("batch", "batch")] {
            let body = #"{"id":"x","vector":[1,2],"group":"\#(name)"}"#
            #expect(await service.send("POST", items, body).status == 200)
            #expect(
                await service.send("DELETE", groups + "/" + path).text
                    == #"{"message":"success","deleted":1}"#)
        }
    }

    static let faults = [
        #"{"id":"a","vector":[1,2]}"#, #"{"id":"a","vector":[1,2],"group":""}"#,
        #"{"id":"a","vector":[1,2],"group":null}"#, #"{"id":"a","vector":[1,2],"group":5}"#,
        #"{"id":"a","vector":[1,2],"group":"a\u0000"}"#, #"{"id":"a","vector":[1,2],"group":".."}"#,
        #"{"id":"a","vector":[1,2],"group":"\#(String(repeating: "x", count: 513))"}"#,
    ]

    @Test(arguments: faults) func everyItemNamesItsGroup(body: String) async throws {
        let service = try await grouped()
        let single = await service.send("POST", items, body)
        #expect(single.status == 400 && single.code == "invalid" && single.field == "group")
        let batch = await service.send(
            "POST", items + "/batch",
            #"{"vectors":[{"id":"ok","vector":[1,2],"group":"g"},\#(body)]}"#)
        #expect(batch.status == 400 && batch.field == "vectors[1].group")
        #expect(await service.send("GET", items).text == #"{"items":[],"cursor":null}"#)
        #expect(await service.send("GET", groups).text == #"{"groups":[],"cursor":null}"#)
    }

    @Test func aSearchNamesItsGroup() async throws {
        let service = try await filled()
        for body in [#"{"query":[1,2]}"#, #"{"query":[1,2],"group":""}"#, #"{"query":[1,2],"exact":true}"#] {
            let answer = await service.send("POST", search, body)
            #expect(answer.status == 400 && answer.code == "invalid" && answer.field == "group")
        }
        #expect(
            await service.send("POST", search, #"{"query":[1,2]}"#).message
                == "'group': expected the group to search in, received none.")
    }

    @Test func aCollectionWithoutGroupsTakesNone() async throws {
        let service = try await Service.withCollection()
        for (method, path, body) in [
            ("POST", items, #"{"id":"a","vector":[1,2,3],"group":"g"}"#),
            ("PUT", items + "/a", #"{"vector":[1,2,3],"group":"g"}"#),
            ("POST", items + "/batch/get", #"{"ids":["a"],"group":"g"}"#),
            ("POST", items + "/batch/delete", #"{"ids":["a"],"group":"g"}"#),
            ("POST", search, #"{"query":[1,2,3],"group":"g"}"#),
        ] {
            let answer = await service.send(method, path, body)
            #expect(answer.status == 400 && answer.code == "invalid" && answer.field == "group")
            #expect(answer.message.contains("created without grouping"))
        }
        for path in [items, items + "/a"] {
            let answer = await service.send("GET", path, query: [("group", "g")])
            #expect(answer.status == 400 && answer.field == "group")
        }
        for (method, path) in [("GET", groups), ("DELETE", groups + "/g")] {
            let answer = await service.send(method, path)
            #expect(answer.status == 400 && answer.field == "collectionId")
        }
    }

    @Test func halfPrecisionRefusesWhatItCannotHold() async throws {
        let service = try await grouped(#","vector_type":"float16""#)
        let answer = await service.send(
            "POST", items + "/batch", #"{"vectors":[{"id":"a","vector":[1,65520],"group":"g"}]}"#)
        #expect(answer.status == 400 && answer.field == "vectors[0].vector")
        #expect(
            answer.message
                == "'vectors[0].vector': expected numbers that float16 holds, up to 65,504, received a larger one at index 1."
        )
        let put = await service.send(
            "PUT", items + "/a", #"{"vector":[0.1,1]}"#, query: [("group", "g")])
        #expect(put.text == #"{"id":"a","group":"g","vector":[0.099975586,1.0]}"#)
        #expect(await service.send("GET", items + "/a", query: [("group", "g")]).text == put.text)
    }
}

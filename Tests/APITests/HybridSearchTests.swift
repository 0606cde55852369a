import Testing

@Suite struct HybridSearchTests {
    private let path = Service.collection + "/search"

    private func filled(_ fields: String = #""n_features":2,"text_index":true"#) async throws -> Service {
        let service = try await Service.withCollection(fields)
        let stored = await service.send(
            "POST", Service.collection + "/items/batch",
            #"""
            {"vectors":[{"id":"east","vector":[1,0],"text":"The sun rises."},{"id":"north","vector":[0,2],"text":"Snow; no sun."},\#
            {"id":"west","vector":[-1,0],"metadata":{"d":1}}]}
            """#)
        #expect(stored.status == 200)
        return service
    }

    @Test func aTextAloneRanksByWords() async throws {
        let found = await (try filled()).send("POST", path, #"{"text":"SUN rises","include_vector":false}"#)
        #expect(found.status == 200)
        let scores = try scores(found.text)
        #expect(scores.count == 2 && scores[0] > scores[1] && scores[1] > 0)
        #expect(
            found.text
                == """
                [{"id":"east","text":"The sun rises.","dist":\(scores[0]),"text_score":\(scores[0])},\
                {"id":"north","text":"Snow; no sun.","dist":\(scores[1]),"text_score":\(scores[1])}]
                """)
    }

    private func scores(_ text: String) throws -> [Float] {
        let parts: [Substring] = text.split(separator: "\"dist\":")
        return parts.dropFirst().compactMap { part in Float(part.prefix { $0 != "," && $0 != "}" }) }
    }

    @Test func aTextBesideAQueryIsFused() async throws {
        let service = try await filled()
        let found = await service.send(
            "POST", path, #"{"text":"snow","query":[1,0],"include_vector":false,"include_text":false}"#)
        let expected: [Float] = [1.0 / 62 + 1.0 / 61, 1.0 / 61, 1.0 / 63]
        #expect(try scores(found.text) == expected)
        #expect(found.text.hasPrefix(#"[{"id":"north","dist":0.032"#))
        #expect(found.text.contains(#""vector_score":0.0,"text_score":"#))
        #expect(
            found.text.contains(
                #"{"id":"west","metadata":{"d":1},"dist":0.015873017,"vector_score":-1.0,"text_score":0.0}"#))
        let weighted = await service.send(
            "POST", path,
            #"{"text":"snow","query":[1,0],"fusion":{"method":"weighted","weight":0.75},"include_vector":false}"#
        )
        #expect(try scores(weighted.text) == [0.75, 0.625, 0])
        let explicit = await service.send(
            "POST", path,
            #"{"text":"snow","query":[1,0],"fusion":{"method":"rrf"},"include_vector":false,"include_text":false}"#
        )
        #expect(explicit.text == found.text)
    }

    @Test func filtersBatchesPagesAndItemsTakeATextToo() async throws {
        let service = try await filled()
        let filtered = await service.send("POST", path, #"{"text":"sun","filter":{"d":1}}"#)
        #expect(filtered.text == "[]")
        let one = await service.send("POST", path, #"{"text":"sun","limit":1}"#)
        let batch = await service.send(
            "POST", path + "/batch", #"{"searches":[{"text":"sun","limit":1},{"text":"moon"}]}"#)
        #expect(batch.text == "{\"results\":[\(one.text),[]]}")
        let page = await service.send("POST", path + "/page", #"{"text":"sun","limit":1}"#)
        #expect(page.text.hasPrefix("{\"matches\":\(one.text),\"cursor\":\""))
        let like = await service.send("POST", path, #"{"text":"sun","id":"east","include_vector":false}"#)
        #expect(like.text.hasPrefix(#"[{"id":"north""#) && !like.text.contains("east"))
        let get = await service.send("GET", path, #"{"text":"sun","limit":1}"#)
        #expect(get.text == one.text)
    }

    @Test func groupsNeedNoIndex() async throws {
        let service = try await Service.withCollection(#""n_features":2,"grouping":true"#)
        _ = await service.send(
            "POST", Service.collection + "/items", #"{"id":"a","group":"g","vector":[1,0],"text":"Straße"}"#)
        let found = await service.send(
            "POST", path, #"{"text":"STRASSE","group":"g","include_vector":false}"#)
        #expect(found.text.hasPrefix(#"[{"id":"a","group":"g","text":"Straße","dist":0."#))
    }

    @Test(arguments: [
        (#"{"text":"a"}"#, #""n_features":2"#, "text"), (#"{"text":3}"#, nil, "text"),
        (#"{"text":null}"#, nil, "query"), (#"{"text":"a","query":[]}"#, nil, "query"),
        (#"{"text":"a","query":[1]}"#, nil, "query"),
        (#"{"text":"a","max_distance":1}"#, nil, "max_distance"),
        (#"{"text":"a","target_recall":0.9}"#, nil, "target_recall"),
        (#"{"text":"a","fusion":{"method":"weighted"}}"#, nil, "fusion"),
        (#"{"query":[1,2],"fusion":{"method":"weighted"}}"#, nil, "fusion"),
        (#"{"text":"a","query":[1,2],"fusion":{"method":"other"}}"#, nil, "fusion.method"),
        (#"{"text":"a","query":[1,2],"fusion":{"weight":1}}"#, nil, "fusion.method"),
        (#"{"text":"a","query":[1,2],"fusion":{"method":"rrf","weight":1}}"#, nil, "fusion.weight"),
        (#"{"text":"a","query":[1,2],"fusion":{"method":"weighted","weight":2}}"#, nil, "fusion.weight"),
        (#"{"text":"a","query":[1,2],"fusion":"rrf"}"#, nil, "fusion"),
    ])
    func refusesWithThePlace(body: String, fields: String?, field: String) async throws {
        let service = try await filled(fields ?? #""n_features":2,"text_index":true"#)
        let answer = await service.send("POST", path, body)
        #expect(answer.status == 400)
        #expect(answer.field == field, "\(answer.text)")
    }
}

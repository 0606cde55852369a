import Foundation
import Testing
import VectorIndex

@Suite struct SearchTests {
    private let path = Service.collection + "/search"

    private func filled(_ metric: String = "cosine") async throws -> Service {
        let service = try await Service.withCollection("\"n_features\":2,\"metric\":\"\(metric)\"")
        let body = """
            {"vectors":[{"id":"east","vector":[1,0],"metadata":{"d":1},"text":"e"},{"id":"north","vector":[0,2]},\
            {"id":"west","vector":[-1,0]}]}
            """
        let made = await service.send("POST", Service.collection + "/items/batch", body)
        if made.status != 200 { throw made }
        return service
    }

    @Test(arguments: ["POST", "GET"]) func answersFallingDist(method: String) async throws {
        let service = try await filled()
        let found = await service.send(method, path, #"{"query":[2,0]}"#)
        #expect(found.status == 200)
        #expect(
            found.text
                == #"[{"id":"east","vector":[1.0,0.0],"metadata":{"d":1},"text":"e","dist":1.0},{"id":"north","vector":[0.0,2.0],"dist":0.0},{"id":"west","vector":[-1.0,0.0],"dist":-1.0}]"#
        )
    }

    @Test func euclideanAnswersTellTheDistance() async throws {
        let service = try await filled("euclidean")
        let found = await service.send("POST", path, #"{"query":[1,2],"limit":1,"include_vector":false}"#)
        #expect(found.text == #"[{"id":"north","dist":-1.0,"distance":1.0}]"#)
    }

    @Test func partsMayBeLeftOut() async throws {
        let service = try await filled()
        let body =
            #"{"query":[1,0],"limit":1,"include_vector":false,"include_metadata":false,"include_text":false}"#
        #expect(await service.send("POST", path, body).text == #"[{"id":"east","dist":1.0}]"#)
    }

    @Test func vectorsMayComeAsBase64() async throws {
        let service = try await filled()
        let body = #"{"query":"AACAPwAAAAA=","limit":1,"vector_format":"base64","include_metadata":false}"#
        let found = await service.send("POST", path, body)
        #expect(found.text == #"[{"id":"east","vector":"AACAPwAAAAA=","text":"e","dist":1.0}]"#)
        let plain = await service.send("POST", path, body.replacing("base64", with: "array"))
        #expect(plain.text == #"[{"id":"east","vector":[1.0,0.0],"text":"e","dist":1.0}]"#)
    }

    @Test(arguments: [
        (#""limit":2"#, 2), (#""min_score":0"#, 2), (#""max_distance":0.5"#, 1), (#""min_score":2"#, 0),
        (#""exact":true"#, 3), (#""target_recall":0.5"#, 3), (#""target_recall":0.997,"exact":false"#, 3),
        (#""consistency":"eventual""#, 3), (#""consistency":"strong""#, 3),
        (#""limit":null,"min_score":null,"target_recall":null"#, 3),
    ])
    func optionsNarrow(option: String, count: Int) async throws {
        let service = try await filled()
        let found = await service.send("POST", path, "{\"query\":[1,0],\(option)}")
        #expect(found.status == 200)
        #expect(found.text.components(separatedBy: "\"dist\"").count - 1 == count)
    }

    @Test func anEmptyCollectionAnswersNothing() async throws {
        let service = try await Service.withCollection()
        #expect(await service.send("POST", path, #"{"query":[1,2,3]}"#).text == "[]")
    }

    @Test func fiveIsTheDefault() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", Service.collection + "/items/batch", ItemTests.batch(0..<20))
        let found = await service.send("POST", path, #"{"query":[1,2,3]}"#)
        #expect(found.text.components(separatedBy: "\"dist\"").count - 1 == 5)
    }

    @Test(arguments: [
        (#"{}"#, "query"), (#"{"query":[1,0],"fusion":{"method":"weighted"}}"#, "fusion"),
        (#"{"query":[1]}"#, "query"), (#"{"query":[0,0]}"#, "query"),
        (#"{"query":"x"}"#, "query"),
        (#"{"query":[1,true]}"#, "query[1]"), (#"{"query":[1,1e39]}"#, "query[1]"),
        (#"{"query":null}"#, "query"),
        (#"{"query":[1,0],"limit":0}"#, "limit"), (#"{"query":[1,0],"limit":1001}"#, "limit"),
        (#"{"query":[1,0],"limit":1.5}"#, "limit"), (#"{"query":[1,0],"limit":"5"}"#, "limit"),
        (#"{"query":[1,0],"min_score":"x"}"#, "min_score"),
        (#"{"query":[1,0],"max_distance":1e99}"#, "max_distance"),
        (#"{"query":[1,0],"target_recall":"0.9"}"#, "target_recall"),
        (#"{"query":[1,0],"target_recall":true}"#, "target_recall"),
        (#"{"query":[1,0],"target_recall":[0.9]}"#, "target_recall"),
        (#"{"query":[1,0],"target_recall":1e999}"#, "target_recall"),
        (#"{"query":[1,0],"target_recall":0.49}"#, "target_recall"),
        (#"{"query":[1,0],"target_recall":1}"#, "target_recall"),
        (#"{"query":[1,0],"target_recall":0.9,"exact":true}"#, "target_recall"),
        (#"{"query":[1,0],"exact":1}"#, "exact"), (#"{"query":[1,0],"consistency":"weak"}"#, "consistency"),
        (#"{"query":[1,0],"consistency":true}"#, "consistency"),
        (#"{"query":[1,0],"include_vector":"no"}"#, "include_vector"),
        (#"{"query":[1,0],"vector_format":"float16"}"#, "vector_format"),
        (#"{"query":[1,0],"k":3}"#, "k"), (#"{"query":[1,0],"query":[1,0]}"#, "query"),
    ])
    func namesTheFieldAtFault(body: String, field: String) async throws {
        let service = try await filled()
        let answer = await service.send("POST", path, body)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid")
        #expect(answer.field == field)
    }

    @Test func findsTheNeighboursOfAnItem() async throws {
        let service = try await filled()
        let item = await service.send("GET", Service.collection + "/items", query: [("limit", "1")])
        let id = try #require((item.json?["items"] as? [[String: Any]])?.first?["id"] as? String)
        let found = await service.send("POST", path, "{\"id\":\"\(id)\",\"limit\":1000}")
        #expect(found.status == 200)
        #expect(!found.text.contains("\"id\":\"\(id)\""))
        #expect(await service.send("POST", path, #"{"id":"nobody"}"#).status == 404)
        #expect(await service.send("POST", path, #"{"id":"a","query":[1,0]}"#).field == "query")
        #expect(await service.send("POST", path, "{}").field == "query")
    }

    @Test func givesPages() async throws {
        let service = try await filled()
        let all = await service.send("POST", path, #"{"query":[1,0],"limit":1000,"include_vector":false}"#)
        var (matches, cursor): ([String], String?) = ([], nil)
        repeat {
            let next = cursor.map { ",\"cursor\":\"\($0)\"" } ?? ""
            let body = "{\"query\":[1,0],\"limit\":1,\"include_vector\":false\(next)}"
            let page = await service.send("POST", path + "/page", body)
            #expect(page.status == 200)
            let text = page.text.prefix { $0 != "]" }.dropFirst(#"{"matches":["#.count)
            if !text.isEmpty { matches.append(String(text)) }
            cursor = page.json?["cursor"] as? String
        } while cursor != nil
        #expect("[" + matches.joined(separator: ",") + "]" == all.text)
        #expect(await service.send("POST", path, #"{"query":[1,0],"cursor":"x"}"#).field == "cursor")
    }

    @Test("Of a search of many near ones fewer are read, whichever way it is asked")
    func aTargetReadsFewer() async throws {
        let service = try await Service.withCollection(#""n_features":64"#)
        var generator = SeededGenerator(seed: 6)
        let vectors = (0..<200).map { _ in (0..<64).map { _ in generator.nextGaussian() } }
        let items = vectors.enumerated().map { "{\"id\":\"\($0)\",\"vector\":\($1)}" }
        let stored = await service.send(
            "POST", Service.collection + "/items/batch", "{\"vectors\":[\(items.joined(separator: ","))]}")
        #expect(stored.status == 200)
        let search = "{\"query\":\(vectors[0]),\"limit\":10,\"explain\":true"
        func readCount(_ answer: Any?) throws -> Int {
            let explanation = try #require((answer as? [String: Any])?["explain"] as? [String: Any])
            return try #require((explanation["vector"] as? [String: Any])?["reranked"] as? Int)
        }
        let whole = try readCount(await service.send("POST", path, search + "}").json)
        let body = search + ",\"target_recall\":0.9}"
        let batch = await service.send("POST", path + "/batch", "{\"searches\":[\(body)]}").json
        let fewer = [
            try readCount(await service.send("POST", path, body).json),
            try readCount(await service.send("GET", path, body).json),
            try readCount((batch?["results"] as? [Any])?.first),
        ]
        #expect(fewer[0] < whole)
        #expect(fewer == [Int](repeating: fewer[0], count: 3))
        // A page asks whether another follows.
        #expect(try readCount(await service.send("POST", path + "/page", body).json) < whole)
    }

    @Test func answersSeveralSearchesInTheirOrder() async throws {
        let service = try await filled()
        let bodies = [#"{"query":[1,0]}"#, #"{"query":[0,1],"limit":1,"include_vector":false}"#]
        var single: [String] = []
        for body in bodies { single.append(await service.send("POST", path, body).text) }
        let batch = await service.send(
            "POST", path + "/batch", "{\"searches\":[\(bodies.joined(separator: ","))]}")
        #expect(batch.text == "{\"results\":[\(single.joined(separator: ","))]}")
        let faulty = #"{"searches":[{"query":[1,0]},{"query":[1]}]}"#
        #expect(await service.send("POST", path + "/batch", faulty).field == "searches[1].query")
        let careless = faulty.replacing(#"{"query":[1]}"#, with: #"{"query":[1,0],"target_recall":2}"#)
        #expect(
            await service.send("POST", path + "/batch", careless).field == "searches[1].target_recall")
        let filtered = #"{"searches":[{"query":[1,0]},{"query":[1,0],"filter":{"n":{"$near":1}}}]}"#
        let refused = await service.send("POST", path + "/batch", filtered)
        #expect(refused.field == "searches[1].filter.n.$near")
    }

    @Test func filtersByMetadata() async throws {
        let service = try await filled()
        _ = await service.send(
            "POST", Service.collection + "/items", #"{"id":"f","vector":[0,1],"metadata":{"year":1851}}"#)
        let body = #"{"query":[1,0],"filter":{"year":{"$lt":1900}},"include_vector":false}"#
        let found = await service.send("POST", path, body)
        #expect(found.text == #"[{"id":"f","metadata":{"year":1851},"dist":0.0}]"#)
    }

    @Test(arguments: [
        (#"{"$or":[{"a":{"$gt":null}}]}"#, "filter.$or[0].a.$gt"),
        (#"{"a":{"$regex":"x"}}"#, "filter.a.$regex"),
        ("3", "filter"), (#"{"a":[1]}"#, "filter.a"),
    ])
    func namesThePlaceInAFilter(filter: String, field: String) async throws {
        let service = try await filled()
        let answer = await service.send("POST", path, "{\"query\":[1,0],\"filter\":\(filter)}")
        #expect(answer.status == 400)
        #expect(answer.field == field)
    }

    @Test func scoresStayNumbersAtTheEndsOfTheRange() async throws {
        for metric in ["dot", "euclidean", "cosine"] {
            let service = try await Service.withCollection("\"n_features\":2,\"metric\":\"\(metric)\"")
            _ = await service.send(
                "POST", Service.collection + "/items", #"{"id":"a","vector":[3.4e38,3.4e38]}"#)
            _ = await service.send(
                "POST", Service.collection + "/items", #"{"id":"b","vector":[1e-45,1e-45]}"#)
            let found = await service.send("POST", path, #"{"query":[-3.4e38,3e38]}"#)
            #expect(found.status == 200)
            #expect(!found.text.contains("null") && !found.text.contains("inf"))
        }
    }
}

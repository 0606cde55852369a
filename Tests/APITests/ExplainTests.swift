import API
import Foundation
import Testing

@Suite struct ExplainTests {
    private let path = Service.collection + "/search"

    private func filled() async throws -> Service {
        let service = try await Service.withCollection("\"n_features\":2")
        let body =
            #"{"vectors":[{"id":"east","vector":[1,0],"metadata":{"hidden":7}},{"id":"north","vector":[0,2]}]}"#
        let made = await service.send("POST", Service.collection + "/items/batch", body)
        if made.status != 200 { throw made }
        return service
    }

    private func explained(_ object: Any?) throws -> [String: Any] {
        let object = try #require(object as? [String: Any])
        return try #require(object["explain"] as? [String: Any])
    }

    @Test func tellsHowASearchWent() async throws {
        let service = try await filled()
        let body =
            #"{"query":[1,0],"limit":1,"include_vector":false,"include_metadata":false,"explain":true}"#
        let answer = await service.send("POST", path, body)
        #expect(answer.status == 200)
        #expect(
            answer.text.hasPrefix(
                #"{"matches":[{"id":"east","dist":1.0}],"explain":{"vector":{"path":"memory","cache":"cold","#
            ))
        let told = try explained(answer.json)
        #expect((told["vector"] as? [String: Any])?["sketches"] as? Int == 2)
        #expect(told["words"] is NSNull)
        let store = try #require(told["store"] as? [String: Any])
        #expect(store["rows_read"] as? Int ?? 0 >= 2)
        #expect(store["read_units"] is NSNull && store["cost"] is NSNull)
    }

    @Test("Without explain an answer is byte for byte what it was", arguments: [#","explain":false"#, ""])
    func changesNothingElse(member: String) async throws {
        let service = try await filled()
        let body = #"{"query":[1,0],"include_metadata":false\#(member)}"#
        let matches =
            #"[{"id":"east","vector":[1.0,0.0],"dist":1.0},{"id":"north","vector":[0.0,2.0],"dist":0.0}]"#
        #expect(await service.send("POST", path, body).text == matches)
        #expect(
            await service.send("POST", path + "/page", body).text == #"{"matches":\#(matches),"cursor":null}"#
        )
        #expect(
            await service.send("POST", path + "/batch", #"{"searches":[\#(body)]}"#).text
                == #"{"results":[\#(matches)]}"#)
    }

    @Test func tellsOfAPageAndOfEachSearchOfABatch() async throws {
        let service = try await filled()
        let body = #"{"query":[1,0],"limit":1,"explain":true}"#
        let page = await service.send("POST", path + "/page", body)
        #expect(page.json?["cursor"] is String)
        #expect(try explained(page.json)["round_trips"] as? Int ?? 0 >= 2)
        let batch = await service.send("POST", path + "/batch", #"{"searches":[\#(body),{"query":[0,1]}]}"#)
        let results = try #require(batch.json?["results"] as? [Any])
        #expect(try explained(results[0])["round_trips"] as? Int ?? 0 >= 1)
        #expect((results[1] as? [Any])?.count == 2)
    }

    @Test func tellsNothingOfWhatIsStoredOrSought() async throws {
        let service = try await filled()
        let body = #"{"query":[1,0.123456],"filter":{"hidden":7},"limit":1,"explain":true}"#
        let told = try explained(await service.send("POST", path, body).json)
        let text = String(decoding: try JSONSerialization.data(withJSONObject: told), as: UTF8.self)
        for secret in ["hidden", "0.123456", "east", Service.key] { #expect(!text.contains(secret)) }
    }

    @Test(arguments: ["1", "\"yes\"", "null"]) func explainIsTrueOrFalse(value: String) async throws {
        let answer = await (try filled()).send("POST", path, #"{"query":[1,0],"explain":\#(value)}"#)
        #expect(answer.status == (value == "null" ? 200 : 400))
    }
}

@Suite struct TotalsTests {
    private static let keys = #"""
        [{"key":"a-reader-of-all","scopes":["read"]},{"key":"the-shops-own-key","name":"shop \"1\""},
         {"key":"the-key-never-used"}]
        """#

    private func service() async throws -> Service {
        let service = Service(keys: try AccessKey.list(Self.keys))
        let body = #"{"name":"c","n_features":2}"#
        let made = await service.send("POST", "/projects/p/collections", body)
        if made.status != 200 { throw made }
        let items = #"{"vectors":[{"id":"a","vector":[1,0]},{"id":"b","vector":[0,2]}]}"#
        _ = await service.send(
            "POST", Service.collection + "/items/batch", items, credential: .presented("the-shops-own-key"))
        return service
    }

    private func totals(_ service: Service, _ key: String) async throws -> [String: Any] {
        let answer = await service.send("GET", Service.collection + "/stats", credential: .presented(key))
        return try #require(answer.json?["totals"] as? [String: Any])
    }

    @Test("A key sees what was read and written for it, and all see what was of the collection")
    func ofKeysAndCollections() async throws {
        let service = try await service()
        func written(_ totals: [String: Any], _ whose: String) -> Int? {
            (totals[whose] as? [String: Any])?["rows_written"] as? Int
        }
        let reader = try await totals(service, "a-reader-of-all")
        #expect(written(reader, "key") == 0)
        #expect(reader["since"] as? Int64 == Service.now)
        let writer = try await totals(service, "the-shops-own-key")
        // A vector, a sketch for each, and their note in the log.
        #expect(written(writer, "key") == 5)
        #expect(written(writer, "collection") == 5)
        #expect(written(try await totals(service, Service.key), "key") ?? 0 > 0)
    }

    @Test("Metrics have each key by its name and each collection, and never a key")
    func inMetrics() async throws {
        let service = try await service()
        _ = await service.send(
            "POST", Service.collection + "/search", #"{"query":[1,0]}"#,
            credential: .presented("a-reader-of-all"))
        let text = await service.send("GET", "/metrics").text
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"whiplash_key_rows_written_total{key="shop \"1\""} 5"#))
        #expect(lines.contains(#"whiplash_key_rows_written_total{key="key 1"} 0"#))
        #expect(lines.contains { $0.hasPrefix(#"whiplash_key_rows_read_total{key="key 1"}"#) })
        #expect(lines.contains { $0.hasPrefix(#"whiplash_key_rows_written_total{key="owner"}"#) })
        #expect(lines.contains(#"whiplash_collection_rows_written_total{project="p",collection="c"} 5"#))
        #expect(lines.contains("whiplash_start_time_seconds \(Service.now / 1000)"))
        #expect(!text.contains("units") && !text.contains("dollars"))
        for key in ["a-reader-of-all", "the-shops-own-key", "the-key-never-used", Service.key] {
            #expect(!text.contains(key))
        }
        #expect(!text.contains("key 3"))
    }

    @Test("A gateway's key is called by its id, listed or not")
    func gatewayKeys() async throws {
        let listed = Service(keys: try AccessKey.list(#"[{"api_key_id":"abc123"}]"#))
        _ = await listed.send("GET", "/projects", credential: .checkedByGateway(keyID: "abc123"))
        #expect(await listed.send("GET", "/metrics").text.contains(#"key="abc123""#))
        let open = Service(keys: [])
        _ = await open.send("GET", "/projects", credential: .checkedByGateway(keyID: "xyz"))
        #expect(await open.send("GET", "/metrics").text.contains(#"key="xyz""#))
    }

    @Test(arguments: [#""name":"""#, "\"name\":\"two\\nlines\"", #""name":7"#])
    func namesAreOneLine(name: String) {
        #expect(throws: AccessKeyError.self) { try AccessKey.list(#"[{"key":"12345678",\#(name)}]"#) }
    }
}

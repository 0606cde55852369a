import Foundation
import Testing

@Suite struct ItemTests {
    private let items = Service.collection + "/items"

    @Test func creatingStoresWhatIsGivenBack() async throws {
        let service = try await Service.withCollection()
        let body =
            #"{"id":"a","vector":[0.1,-2,3e0],"metadata":{"n": 9007199254740993, "é":null},"text":"Füße"}"#
        let made = await service.send("POST", items, body)
        #expect(made.status == 200)
        #expect(made.text == #"{"message":"success","count":1}"#)
        #expect(
            await service.send("GET", items + "/a").text
                == #"{"id":"a","vector":[0.1,-2.0,3.0],"metadata":{"n": 9007199254740993, "é":null},"text":"Füße"}"#
        )
    }

    @Test("Null is as good as leaving an optional field out")
    func nullsAreAbsent() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", items, #"{"id":"a","vector":[1,2,3],"metadata":null,"text":null}"#)
        #expect(await service.send("GET", items + "/a").text == #"{"id":"a","vector":[1.0,2.0,3.0]}"#)
    }

    @Test func vectorsMayBeBase64() async throws {
        let service = try await Service.withCollection()
        let bytes = [Float(1.5), -2, 0.1].flatMap {
            withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init)
        }
        let packed = Data(bytes).base64EncodedString()
        #expect(await service.send("POST", items, "{\"id\":\"a\",\"vector\":\"\(packed)\"}").status == 200)
        #expect(await service.send("GET", items + "/a").text == #"{"id":"a","vector":[1.5,-2.0,0.1]}"#)
        let found = await service.send("POST", Service.collection + "/search", "{\"query\":\"\(packed)\"}")
        #expect(found.text == #"[{"id":"a","vector":[1.5,-2.0,0.1],"dist":1.0}]"#)
    }

    @Test func creatingManyStoresAll() async throws {
        let service = try await Service.withCollection()
        let made = await service.send("POST", items + "/batch", Self.batch(0..<1000))
        #expect(made.text == #"{"message":"success","count":1000}"#)
        #expect(
            await service.send("GET", items + "/id-999").text == #"{"id":"id-999","vector":[999.0,1.0,0.0]}"#)
    }

    @Test func creatingAgainReplaces() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", items, #"{"id":"a","vector":[1,2,3],"text":"old"}"#)
        _ = await service.send("POST", items, #"{"id":"a","vector":[3,2,1]}"#)
        #expect(
            await service.send("GET", items).text
                == #"{"items":[{"id":"a","vector":[3.0,2.0,1.0]}],"cursor":null}"#)
    }

    @Test func putStoresUnderThePathsId() async throws {
        let service = try await Service.withCollection()
        let put = await service.send("PUT", items + "/a", #"{"id":"a","vector":[1,2,3],"text":"t"}"#)
        #expect(put.text == #"{"id":"a","vector":[1.0,2.0,3.0],"text":"t"}"#)
        #expect(await service.send("GET", items + "/a").text == put.text)
        let other = await service.send("PUT", items + "/a", #"{"id":"b","vector":[1,2,3]}"#)
        #expect(other.status == 400)
        #expect(other.field == "id")
    }

    @Test func patchChangesWhatItNames() async throws {
        let service = try await Service.withCollection()
        let path = items + "/a"
        _ = await service.send("PUT", path, #"{"vector":[1,2,3],"metadata":{"x":1.10,"y":2},"text":"t"}"#)
        let merged = await service.send("PATCH", path, #"{"metadata":{"y":null,"z":[3]}}"#)
        #expect(merged.text == #"{"id":"a","vector":[1.0,2.0,3.0],"metadata":{"x":1.10,"z":[3]},"text":"t"}"#)
        let moved = await service.send("PATCH", path, #"{"vector":[0,0,1],"text":null}"#)
        #expect(moved.text == #"{"id":"a","vector":[0.0,0.0,1.0],"metadata":{"x":1.10,"z":[3]}}"#)
        #expect(await service.send("GET", path).text == moved.text)
        let bare = await service.send("PATCH", path, #"{"metadata":null}"#)
        #expect(bare.text == #"{"id":"a","vector":[0.0,0.0,1.0]}"#)
    }

    @Test(arguments: [
        ("{}", nil), (#"{"vector":[1,2]}"#, "vector"), (#"{"metadata":[1]}"#, "metadata"),
        (#"{"text":1}"#, "text"), (#"{"id":"b"}"#, "id"), (#"{"vector":null}"#, nil),
    ])
    func patchRefusesWhatItCannotDo(body: String, field: String?) async throws {
        let service = try await Service.withCollection()
        _ = await service.send("PUT", items + "/a", #"{"vector":[1,2,3]}"#)
        let answer = await service.send("PATCH", items + "/a", body)
        #expect(answer.status == 400)
        #expect(answer.field == field)
    }

    @Test func deletingTellsHowManyThereWere() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", items + "/batch", Self.batch(0..<5))
        #expect(await service.send("DELETE", items + "/id-0").text == #"{"message":"success","deleted":1}"#)
        #expect(await service.send("DELETE", items + "/id-0").text == #"{"message":"success","deleted":0}"#)
        let many = await service.send(
            "POST", items + "/batch/delete", #"{"ids":["id-0","id-1","id-2","id-1"]}"#)
        #expect(many.text == #"{"message":"success","deleted":2}"#)
        #expect(await service.send("GET", items + "/id-1").status == 404)
    }

    @Test func gettingManyTellsTheMissing() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", items + "/batch", Self.batch(0..<3))
        let got = await service.send(
            "POST", items + "/batch/get", #"{"ids":["id-2","é","id-0"],"include_vector":false}"#)
        #expect(got.text == #"{"items":[{"id":"id-2"},{"id":"id-0"}],"missing":["é"]}"#)
        let whole = await service.send("POST", items + "/batch/get", #"{"ids":["id-2"]}"#)
        #expect(whole.text == #"{"items":[{"id":"id-2","vector":[2.0,1.0,0.0]}],"missing":[]}"#)
    }

    @Test("Vectors come out as base64 where that is asked for, and the same whichever way they are read")
    func vectorsAsBase64() async throws {
        let service = try await Service.withCollection()
        // What Python's struct.pack("<3f", 1, 2, 4) and base64 make of them.
        _ = await service.send("POST", items, #"{"id":"a","vector":[1,2,4],"text":"t"}"#)
        let packed = #"{"id":"a","vector":"AACAPwAAAEAAAIBA","text":"t"}"#
        let plain = #"{"id":"a","vector":[1.0,2.0,4.0],"text":"t"}"#
        for (format, item) in [("base64", packed), ("array", plain)] {
            let query = [(name: "vector_format", value: format)]
            #expect(await service.send("GET", items + "/a", query: query).text == item)
            let page = await service.send("GET", items, query: query)
            #expect(page.text == "{\"items\":[\(item)],\"cursor\":null}")
            let got = await service.send(
                "POST", items + "/batch/get", "{\"ids\":[\"a\"],\"vector_format\":\"\(format)\"}")
            #expect(got.text == "{\"items\":[\(item)],\"missing\":[]}")
        }
        _ = await service.send("POST", items, packed.replacing("\"a\"", with: "\"b\""))
        let copy = await service.send("GET", items + "/b")
        #expect(copy.text == plain.replacing("\"a\"", with: "\"b\""))
    }

    @Test(
        "An item's parameters are checked", arguments: [("vector_format", "text"), ("include_text", "true")])
    func gettingRefusesOddParameters(name: String, value: String) async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", items, #"{"id":"a","vector":[1,2,4]}"#)
        let answer = await service.send("GET", items + "/a", query: [(name, value)])
        #expect(answer.status == 400)
        #expect(answer.field == name)
    }

    @Test func listingPagesThroughEveryItemOnce() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", items + "/batch", Self.batch(0..<250))
        var seen: [String] = []
        var cursor: String? = ""
        while let at = cursor {
            let page = await service.send(
                "GET", items, query: [("limit", "70"), ("cursor", at), ("include_vector", "false")])
            let rows = try #require(page.json?["items"] as? [[String: Any]])
            #expect(rows.count <= 70)
            #expect(rows.allSatisfy { $0.keys.sorted() == ["id", "version"] })
            seen += rows.compactMap { $0["id"] as? String }
            cursor = page.json?["cursor"] as? String
        }
        #expect(seen.sorted() == (0..<250).map { "id-\($0)" }.sorted())
        let whole = await service.send("GET", items)
        #expect((whole.json?["items"] as? [[String: Any]])?.count == 100)
    }

    @Test(arguments: [
        ("limit", "0"), ("limit", "1001"), ("limit", "x"), ("limit", ""), ("limit", "1.5"),
        ("include_vector", "no"), ("vector_format", ""), ("vector_format", "Base64"),
        ("cursor", "x"), ("cursr", ""),
    ])
    func listingRefusesOddParameters(name: String, value: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("GET", items, query: [(name, value)])
        #expect(answer.status == 400)
        #expect(answer.field == name)
    }

    @Test func listingTakesAParameterOnce() async throws {
        let service = try await Service.withCollection()
        #expect(await service.send("GET", items, query: [("limit", "1"), ("limit", "1")]).status == 400)
    }

    @Test(arguments: ["GET", "PATCH"]) func unknownItemsAreNotFound(method: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send(method, items + "/none", #"{"text":"x"}"#)
        #expect(answer.status == 404)
        #expect(answer.message == "There is no item 'none'.")
    }

    @Test func anIdMayHoldAnyUnicodeThatTheRulesAllow() async throws {
        let service = try await Service.withCollection()
        let composed = "\u{E9}", decomposed = "e\u{301}"
        for (id, first) in [(composed, 1), (decomposed, 2)] {
            _ = await service.send("POST", items, "{\"id\":\"\(id)\",\"vector\":[\(first),0,0]}")
        }
        let got = await service.send(
            "POST", items + "/batch/get", "{\"ids\":[\"\(decomposed)\",\"\(composed)\"]}")
        #expect(
            got.text.utf8.elementsEqual(
                "{\"items\":[{\"id\":\"\(decomposed)\",\"vector\":[2.0,0.0,0.0]},{\"id\":\"\(composed)\",\"vector\":[1.0,0.0,0.0]}],\"missing\":[]}"
                    .utf8))
    }

    static func batch(_ range: Range<Int>) -> String {
        "{\"vectors\":[\(range.map { "{\"id\":\"id-\($0)\",\"vector\":[\($0),1,0]}" }.joined(separator: ","))]}"
    }
}

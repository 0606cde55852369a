import Foundation
import Testing

@Suite struct ItemConditionTests {
    private let items = Service.collection + "/items"
    private let now = Service.now / 1000

    private func version(_ answer: Answer) throws -> String {
        try #require(answer.json?["version"] as? String)
    }

    @Test("Storing, reading and listing tell the version, and searches where they are asked to")
    func versionsAreTold() async throws {
        let service = try await Service.withCollection()
        let made = try version(await service.send("POST", items, #"{"id":"a","vector":[1,2,3]}"#))
        #expect(try version(await service.send("GET", items + "/a")) == made)
        let list = await service.send("GET", items, query: [("include_vector", "false")])
        #expect(((list.json?["items"] as? [[String: Any]])?[0]["version"]) as? String == made)
        let got = await service.send("POST", items + "/batch/get", #"{"ids":["a"]}"#)
        #expect(((got.json?["items"] as? [[String: Any]])?[0]["version"]) as? String == made)
        let search = Service.collection + "/search/page"
        for (asked, told) in [("", nil), (#","include_version":true"#, made)] as [(String, String?)] {
            let found = await service.send("POST", search, #"{"query":[1,2,3]\#(asked)}"#)
            let match = try #require((found.json?["matches"] as? [[String: Any]])?.first)
            #expect(match["version"] as? String == told)
        }
        let put = try version(await service.send("PUT", items + "/a", #"{"vector":[3,2,1]}"#))
        let patched = try version(await service.send("PATCH", items + "/a", #"{"text":"t"}"#))
        let batch = try version(
            await service.send("POST", items + "/batch", #"{"vectors":[{"id":"a","vector":[1,1,1]}]}"#))
        #expect(Set([made, put, patched, batch]).count == 4)
    }

    @Test("What is there is not stored again where it has to be absent, and the answer names its version")
    func ifAbsent() async throws {
        let service = try await Service.withCollection()
        let body = #"{"id":"a","vector":[1,2,3],"if_absent":true}"#
        let made = try version(await service.send("POST", items, body))
        for (path, body, field) in [
            ("POST /items", body, "if_absent"),
            ("PUT /items/a", #"{"vector":[3,2,1],"if_absent":true}"#, "if_absent"),
            (
                "POST /items/batch", #"{"vectors":[{"id":"b","vector":[1,1,1]},\#(body)]}"#,
                "vectors[1].if_absent"
            ),
            (
                "POST /items/batch",
                #"{"vectors":[{"id":"b","vector":[1,1,1]},{"id":"a","vector":[3,2,1]}],"if_absent":true}"#,
                "vectors[1].if_absent"
            ),
        ] {
            let parts = path.split(separator: " ").map(String.init)
            let answer = await service.send(parts[0], Service.collection + parts[1], body)
            #expect((answer.status, answer.code, answer.field) == (409, "conflict", field))
            #expect(answer.error["version"] as? String == made)
            #expect(answer.message == "'\(field)': the item 'a' is there, of version '\(made)'.")
        }
        let list = await service.send("GET", items)
        #expect(list.text == #"{"items":[{"id":"a","vector":[1.0,2.0,3.0]}],"cursor":null}"#)
        #expect(
            await service.send("POST", items, #"{"id":"a","vector":[1,2,3],"if_absent":false}"#).status == 200
        )
    }

    @Test("Another version than the stored one is refused by every way of writing")
    func versions() async throws {
        let service = try await Service.withCollection()
        let old = try version(await service.send("POST", items, #"{"id":"a","vector":[1,2,3]}"#))
        let new = try version(
            await service.send("POST", items, #"{"id":"a","vector":[3,2,1],"version":"\#(old)"}"#))
        let condition = #""version":"\#(old)""#
        let answers = [
            await service.send("POST", items, #"{"id":"a","vector":[1,1,1],\#(condition)}"#),
            await service.send("PUT", items + "/a", #"{"vector":[1,1,1],\#(condition)}"#),
            await service.send("PATCH", items + "/a", #"{"text":"x",\#(condition)}"#),
            await service.send("DELETE", items + "/a", query: [("version", old)]),
        ]
        for answer in answers {
            #expect((answer.status, answer.code, answer.field) == (409, "conflict", "version"))
            #expect(answer.error["version"] as? String == new)
        }
        #expect(await service.send("GET", items + "/a").text == #"{"id":"a","vector":[3.0,2.0,1.0]}"#)
        let put = await service.send("PUT", items + "/a", #"{"vector":[1,1,1],"version":"\#(new)"}"#)
        let patched = await service.send(
            "PATCH", items + "/a", #"{"text":"x","version":"\#(try version(put))"}"#)
        let last = try version(patched)
        let gone = await service.send("DELETE", items + "/a", query: [("version", last)])
        #expect(gone.text == #"{"message":"success","deleted":1}"#)
        let none = await service.send("DELETE", items + "/a", query: [("version", last)])
        #expect(none.text == #"{"message":"success","deleted":0}"#)
        let absent = await service.send("PUT", items + "/a", #"{"vector":[1,1,1],"version":"\#(last)"}"#)
        #expect(absent.status == 409 && absent.error["version"] == nil)
        #expect(absent.message == "'version': there is no item 'a'.")
    }

    @Test("Of a batch in part what can be stored is, and the others are named", arguments: [true, false])
    func partial(isFirst: Bool) async throws {
        let service = try await Service.withCollection()
        let there = try version(await service.send("POST", items, #"{"id":"there","vector":[1,2,3]}"#))
        let vectors = [
            #"{"id":"good","vector":[1,1,1]}"#, #"{"id":"short","vector":[1]}"#,
            #"{"id":"there","vector":[2,2,2],"if_absent":true}"#, #"{"vector":[1,1,1]}"#, "7",
            #"{"id":"odd","vector":"é"}"#, #"{"id":"good","vector":[1,1,1]}"#,
            #"{"id":"colour","vector":[1,1,1],"colour":"red"}"#, #"{"id":"last","vector":[1,0,1]}"#,
        ].joined(separator: ",")
        let body =
            isFirst
            ? #"{"partial":true,"vectors":[\#(vectors)]}"# : #"{"vectors":[\#(vectors)],"partial":true}"#
        let answer = await service.send("POST", items + "/batch", body)
        #expect(answer.status == 200)
        #expect(answer.json?["count"] as? Int == 2)
        let failed = try #require(answer.json?["failed"] as? [[String: Any]])
        let told = failed.map { failure in
            let error = failure["error"] as? [String: Any] ?? [:]
            return [
                "\(failure["index"] ?? "")", "\(failure["id"] ?? "")", "\(error["status"] ?? "")",
                "\(error["code"] ?? "")", "\(error["field"] ?? "")", "\(error["version"] ?? "")",
            ]
        }
        #expect(
            told == [
                ["1", "short", "400", "invalid", "vectors[1].vector", ""],
                ["2", "there", "409", "conflict", "vectors[2].if_absent", there],
                ["3", "", "400", "invalid", "vectors[3].id", ""],
                ["4", "", "400", "invalid", "vectors[4]", ""],
                ["5", "odd", "400", "invalid", "vectors[5].vector", ""],
                ["6", "good", "400", "invalid", "vectors[6].id", ""],
                ["7", "colour", "400", "invalid", "vectors[7].colour", ""],
            ])
        let listed = await service.send("GET", items, query: [("include_vector", "false")])
        #expect(
            listed.text == #"{"items":[{"id":"good"},{"id":"last"},{"id":"there"}],"cursor":null}"#)
        let strict = await service.send(
            "POST", items + "/batch", #"{"vectors":[\#(vectors)],"partial":false}"#)
        #expect(strict.status == 400 && strict.field == "vectors[3].id")
        let nothing = await service.send(
            "POST", items + "/batch", #"{"partial":true,"vectors":[{"id":"x","vector":[1]}]}"#)
        #expect(nothing.json?["count"] as? Int == 0 && nothing.json?["version"] == nil)
        let broken = await service.send("POST", items + "/batch", #"{"partial":true,"vectors":[{]}"#)
        #expect(broken.status == 400)
    }

    @Test("Times are seconds or dates, told as seconds; a change makes them others or none")
    func expiry() async throws {
        let service = try await Service.withCollection()
        let (path, end) = (items + "/a", now + 3600)
        let put = await service.send("PUT", path, #"{"vector":[1,2,3],"expires_at":\#(end)}"#)
        #expect(put.text == #"{"id":"a","vector":[1.0,2.0,3.0],"expires_at":\#(end)}"#)
        #expect(await service.send("GET", path).text == put.text)
        let match = await service.send("POST", Service.collection + "/search", #"{"query":[1,2,3]}"#)
        #expect(match.text == #"[{"id":"a","vector":[1.0,2.0,3.0],"expires_at":\#(end),"dist":1.0}]"#)
        // 1,800,000,000 s are 2027-01-15T08:00:00Z.
        let dated = await service.send("PATCH", path, #"{"expires_at":"2027-01-15T09:30:00.5+01:00"}"#)
        #expect(dated.json?["expires_at"] as? Int64 == now + 1800)
        let lasting = await service.send("PATCH", path, #"{"expires_at":null}"#)
        #expect(lasting.text == #"{"id":"a","vector":[1.0,2.0,3.0]}"#)
        _ = await service.send("PATCH", path, #"{"expires_at":\#(now)}"#)
        #expect(await service.send("GET", path).status == 404)
        #expect(
            await service.send("POST", items, #"{"id":"a","vector":[1,2,3],"if_absent":true}"#).status == 200)
    }

    @Test("The time an item is from is kept, told as seconds, and changed or removed")
    func timestamp() async throws {
        let service = try await Service.withCollection()
        let path = items + "/a"
        let put = await service.send("PUT", path, #"{"vector":[1,2,3],"timestamp":"1969-12-31T23:59:00Z"}"#)
        #expect(put.text == #"{"id":"a","vector":[1.0,2.0,3.0],"timestamp":-60}"#)
        #expect(await service.send("GET", path).text == put.text)
        let match = await service.send("POST", Service.collection + "/search", #"{"query":[1,2,3]}"#)
        #expect(match.text == #"[{"id":"a","vector":[1.0,2.0,3.0],"timestamp":-60,"dist":1.0}]"#)
        let changed = await service.send("PATCH", path, #"{"timestamp":1800000000}"#)
        #expect(changed.json?["timestamp"] as? Int64 == 1_800_000_000)
        #expect(await service.send("PATCH", path, #"{"text":"x"}"#).text.contains(#""timestamp":1800000000"#))
        let without = await service.send("PATCH", path, #"{"timestamp":null,"text":null}"#)
        #expect(without.text == #"{"id":"a","vector":[1.0,2.0,3.0]}"#)
    }

    @Test(
        "What is no time, version or condition is refused",
        arguments: [
            (#""timestamp":"today""#, "timestamp"), (#""timestamp":253402300800"#, "timestamp"),
            (#""timestamp":-62135596801"#, "timestamp"), (#""timestamp":[]"#, "timestamp"),
            (#""expires_at":"tomorrow""#, "expires_at"), (#""expires_at":1800000000000"#, "expires_at"),
            (#""expires_at":1.5"#, "expires_at"), (#""expires_at":-1"#, "expires_at"),
            (#""expires_at":true"#, "expires_at"), (#""version":"A B""#, "version"),
            (#""version":7"#, "version"),
            (#""if_absent":"yes""#, "if_absent"), (#""if_absent":true,"version":"1a""#, "if_absent"),
        ])
    func refusals(fields: String, field: String) async throws {
        let service = try await Service.withCollection()
        for answer in [
            await service.send("POST", items, #"{"id":"a","vector":[1,2,3],\#(fields)}"#),
            await service.send("PUT", items + "/a", #"{"vector":[1,2,3],\#(fields)}"#),
        ] {
            #expect(answer.status == 400)
            #expect(answer.field == field)
        }
        #expect(await service.send("GET", items + "/a").status == 404)
    }

    @Test("Listings by prefix page through what begins so")
    func prefix() async throws {
        let service = try await Service.withCollection()
        _ = await service.send("POST", items + "/batch", ItemTests.batch(0..<30))
        var (ids, cursor): ([String], String?) = ([], "")
        while let at = cursor {
            let page = await service.send(
                "GET", items,
                query: [("prefix", "id-1"), ("limit", "4"), ("cursor", at), ("include_vector", "false")])
            ids += (page.json?["items"] as? [[String: Any]])?.compactMap { $0["id"] as? String } ?? []
            cursor = page.json?["cursor"] as? String
        }
        #expect(ids == ["id-1"] + (10..<20).map { "id-\($0)" })
        let long = await service.send(
            "GET", items, query: [("prefix", String(repeating: "x", count: 513))])
        #expect(long.status == 400 && long.field == "prefix")
        let version = await service.send("DELETE", items + "/id-1", query: [("version", "no version")])
        #expect(version.status == 400 && version.field == "version")
    }
}

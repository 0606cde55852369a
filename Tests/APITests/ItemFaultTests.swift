import Testing

/// What is wrong with an item is told with its field, and nothing is stored.
@Suite struct ItemFaultTests {
    private let items = Service.collection + "/items"

    static let faults: [(body: String, field: String)] = [
        (#"{"vector":[1,2,3]}"#, "id"), (#"{"id":"a"}"#, "vector"), (#"{"id":1,"vector":[1,2,3]}"#, "id"),
        (#"{"id":null,"vector":[1,2,3]}"#, "id"), (#"{"id":"","vector":[1,2,3]}"#, "id"),
        (#"{"id":"a\u0000b","vector":[1,2,3]}"#, "id"), (#"{"id":"a\nb","vector":[1,2,3]}"#, "id"),
        (#"{"id":"\#(String(repeating: "é", count: 257))","vector":[1,2,3]}"#, "id"),
        (#"{"id":"a","vector":[1,2]}"#, "vector"), (#"{"id":"a","vector":[1,2,3,4]}"#, "vector"),
        (#"{"id":"a","vector":[]}"#, "vector"), (#"{"id":"a","vector":{}}"#, "vector"),
        (#"{"id":"a","vector":null}"#, "vector"),
        (#"{"id":"a","vector":[1,"2",3]}"#, "vector[1]"), (#"{"id":"a","vector":[1,null,3]}"#, "vector[1]"),
        (#"{"id":"a","vector":[1,2,[3]]}"#, "vector[2]"), (#"{"id":"a","vector":[1,2,3.5e38]}"#, "vector[2]"),
        (#"{"id":"a","vector":[1,2,-1e400]}"#, "vector[2]"), (#"{"id":"a","vector":[1,NaN,3]}"#, "vector[1]"),
        (#"{"id":"a","vector":[1,2,Infinity]}"#, "vector[2]"),
        (#"{"id":"a","vector":[1,-Infinity,2]}"#, "vector[1]"),
        (#"{"id":"a","vector":[0,0,0]}"#, "vector"), (#"{"id":"a","vector":[0,-0.0,1e-60]}"#, "vector"),
        (#"{"id":"a","vector":"AAAA"}"#, "vector"), (#"{"id":"a","vector":"not base64"}"#, "vector"),
        (#"{"id":"a","vector":"AACAPwAAgD8AAMB/"}"#, "vector"),
        (#"{"id":"a","vector":"AACAPwAAgD8="}"#, "vector"),
        (#"{"id":"a","vector":[1,2,3],"metadata":[]}"#, "metadata"),
        (#"{"id":"a","vector":[1,2,3],"metadata":"x"}"#, "metadata"),
        (#"{"id":"a","vector":[1,2,3],"text":5}"#, "text"),
        (#"{"id":"a","vector":[1,2,3],"metdata":{}}"#, "metdata"),
        (#"{"id":"a","vector":[1,2,3],"id":"b"}"#, "id"),
    ]

    @Test(arguments: faults) func namesTheFieldOfAnItem(body: String, field: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("POST", items, body)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid")
        #expect(answer.field == field)
        #expect(await service.send("GET", items).text == #"{"items":[],"cursor":null}"#)
    }

    @Test("In a batch the place is told too, and the good items are not stored either", arguments: faults)
    func namesThePlaceInABatch(body: String, field: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send(
            "POST", items + "/batch", #"{"vectors":[{"id":"ok","vector":[1,2,3]},\#(body)]}"#)
        #expect(answer.status == 400)
        #expect(answer.field == "vectors[1].\(field)")
        #expect(await service.send("GET", items).text == #"{"items":[],"cursor":null}"#)
    }

    @Test(arguments: [
        ("{}", "vectors"), (#"{"vectors":[]}"#, "vectors"), (#"{"vectors":{}}"#, "vectors"),
        (#"{"vectors":null}"#, "vectors"),
        (#"{"vectors":[1]}"#, "vectors[0]"), (#"{"vectors":[[]]}"#, "vectors[0]"),
        (#"{"items":[]}"#, "items"),
        (#"{"vectors":[{"id":"a","vector":[1,2,3]},{"id":"a","vector":[1,2,3]}]}"#, "vectors[1].id"),
    ])
    func namesTheFaultOfABatch(body: String, field: String) async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("POST", items + "/batch", body)
        #expect(answer.status == 400)
        #expect(answer.field == field)
        #expect(await service.send("GET", items).text == #"{"items":[],"cursor":null}"#)
    }

    @Test func aBatchHasAtMostTenThousandItems() async throws {
        let service = try await Service.withCollection()
        let answer = await service.send("POST", items + "/batch", ItemTests.batch(0..<10_001))
        #expect(answer.status == 400)
        #expect(answer.field == "vectors[10000]")
        #expect(await service.send("POST", items + "/batch", ItemTests.batch(0..<10_000)).status == 200)
    }

    @Test(arguments: ["get", "delete"])
    func idsAreAsManyAsAllowed(operation: String) async throws {
        let service = try await Service.withCollection()
        func field(_ body: String) async -> String? {
            let answer = await service.send("POST", "\(items)/batch/\(operation)", body)
            return answer.status == 400 ? answer.field : "status \(answer.status)"
        }
        func ids(_ count: Int) -> String {
            "{\"ids\":[\((0..<count).map { "\"\($0)\"" }.joined(separator: ","))]}"
        }
        #expect(await field(ids(0)) == "ids")
        #expect(await field(ids(1001)) == "ids[1000]")
        #expect(await field(ids(1000)) == "status 200")
        #expect(await field("{}") == "ids")
        #expect(await field(#"{"ids":"a"}"#) == "ids")
        #expect(await field(#"{"ids":["a",1]}"#) == "ids[1]")
        #expect(await field(#"{"ids":["a",""]}"#) == "ids[1]")
    }

    @Test("An item over 400 KB is refused whole")
    func tooLargeAnItem() async throws {
        let service = try await Service.withCollection()
        let text = String(repeating: "x", count: 410_000)
        let answer = await service.send("POST", items, #"{"id":"a","vector":[1,2,3],"text":"\#(text)"}"#)
        #expect(answer.status == 413)
        #expect(answer.code == "item_too_large")
        #expect(answer.message.count < 300)
        #expect(await service.send("GET", items).text == #"{"items":[],"cursor":null}"#)
    }

    @Test func itemsNeedTheirCollection() async {
        let answer = await Service().send("POST", items, #"{"id":"a","vector":[1,2,3]}"#)
        #expect(answer.status == 404)
    }
}

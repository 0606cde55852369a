import Testing

/// Bodies that are no object of JSON, for every operation that reads one.
@Suite struct BodyTests {
    static let operations = [
        ("POST", "/projects"), ("POST", "/projects/p/collections"), ("POST", Service.collection + "/items"),
        ("POST", Service.collection + "/items/batch"), ("PUT", Service.collection + "/items/a"),
        ("PATCH", Service.collection + "/items/a"), ("POST", Service.collection + "/items/batch/get"),
        ("POST", Service.collection + "/items/batch/delete"), ("POST", Service.collection + "/search"),
        ("GET", Service.collection + "/search"),
    ]

    @Test(arguments: operations) func refusesWhatIsNoObject(method: String, path: String) async throws {
        let service = try await Service.withCollection()
        let bodies = [
            ("", "The body: expected an object, received nothing."),
            (" \n", "The body: expected an object, received nothing."),
            ("[]", "The body: expected an object, received an array."),
            ("null", "The body: expected an object, received null."),
            ("\"{}\"", "The body: expected an object, received a string."),
            ("{", "The body is not valid JSON, at byte 1: the text ends too early."),
            ("{}}", nil), ("{\"a\"", nil), ("{'a':1}", nil), ("{\"vector\":[1,]}", nil), ("<xml/>", nil),
            ("{\"id\":\"\u{0}\"}", nil),
        ]
        for (body, message) in bodies {
            let answer = await service.send(method, path, body)
            #expect(answer.status == 400, "\(body)")
            #expect(answer.code == "invalid", "\(body)")
            if let message { #expect(answer.message == message) }
        }
    }

    @Test func refusesBytesThatAreNotUTF8() async {
        let answer = await Service().send(
            "POST", "/projects", bytes: Array("{\"name\":\"".utf8) + [0xFF] + Array("\"}".utf8))
        #expect(answer.message == "The body is not valid JSON, at byte 9: invalid UTF-8.")
    }

    @Test func tellsWhatIsKnownInPlaceOfAnUnknownField() async {
        let answer = await Service().send("POST", "/projects", #"{"title":"x"}"#)
        #expect(
            answer.message == "'title' is not a field of this request; these are: 'name', 'project_name'.")
    }

    @Test("A field's name may be long, a message is not")
    func shortensLongNames() async {
        let name = String(repeating: "\u{E9}", count: 100_000)
        let answer = await Service().send("POST", "/projects", "{\"\(name)\":1}")
        #expect(answer.status == 400)
        #expect(answer.text.utf8.count < 2000)
    }

    @Test("Messages never repeat what was in a vector, in metadata or in a text")
    func keepsContentOutOfMessages() async throws {
        let service = try await Service.withCollection()
        let bodies = [
            #"{"id":"a","vector":[123.456,"SECRET",3]}"#, #"{"id":"a","vector":[123.456,2]}"#,
            #"{"id":"a","vector":[1,2,3],"metadata":"SECRET"}"#,
            #"{"id":"a","vector":[1,2,3],"metadata":{"SECRET":tru}}"#,
            #"{"id":"a","vector":[1,2,3],"metadata":{"SECRET":1,}}"#, #"{"id":"a","vector":"SECRET="}"#,
            #"{"id":"a","vector":[1,2,3],"text":["SECRET"]}"#,
        ]
        for body in bodies {
            let answer = await service.send("POST", Service.collection + "/items", body)
            #expect(answer.status == 400)
            #expect(!answer.text.contains("SECRET") && !answer.text.contains("123"), "\(answer.text)")
        }
    }
}

import API
import Testing

@Suite struct LimitTests {
    @Test func bodiesOverTheLimitAreRefused() async throws {
        let service = try await Service.withCollection(limits: Limits(bodyBytes: 100, answerBytes: 10_000))
        let body = #"{"id":"a","vector":[1,2,3],"text":"\#(String(repeating: "x", count: 100))"}"#
        let answer = await service.send("POST", Service.collection + "/items", body)
        #expect(answer.status == 413)
        #expect(answer.code == "body_too_large")
        #expect(answer.message.contains("more than the 100 bytes"))
    }

    @Test("An answer over the limit says how to ask for less")
    func answersOverTheLimitAreRefused() async throws {
        let service = try await Service.withCollection(limits: Limits(bodyBytes: 100_000, answerBytes: 900))
        _ = await service.send("POST", Service.collection + "/items/batch", ItemTests.batch(0..<20))
        let requests = [
            ("POST", "/search", #"{"query":[1,2,3],"limit":20"#),
            (
                "POST", "/items/batch/get",
                "{\"ids\":[\((0..<20).map { "\"id-\($0)\"" }.joined(separator: ","))]"
            ),
        ]
        for (method, path, body) in requests {
            let answer = await service.send(method, Service.collection + path, body + "}")
            #expect(answer.status == 413)
            #expect(answer.code == "answer_too_large")
            #expect(answer.message.contains("include_vector"))
        }
        let less = await service.send(
            "POST", Service.collection + "/items/batch/get", requests[1].2 + ",\"include_vector\":false}")
        #expect(less.status == 200)
        #expect(await service.send("GET", Service.collection + "/items").status == 413)
        #expect(
            await service.send("GET", Service.collection + "/items", query: [("limit", "3")]).status == 200)
    }

    @Test("Where the answer travels inside other JSON, its quotes count twice")
    func escapesCount() async throws {
        let text = String(repeating: #"\""#, count: 100)
        for (escapes, status) in [(false, 200), (true, 413)] {
            let limits = Limits(bodyBytes: 1000, answerBytes: 400, escapesAnswers: escapes)
            let service = try await Service.withCollection(limits: limits)
            let answer = await service.send(
                "PUT", Service.collection + "/items/a", #"{"vector":[1,2,3],"text":"\#(text)"}"#)
            #expect(answer.status == status)
        }
    }

    @Test func lambdasLimitsStayUnderSixMegabytes() {
        #expect(Limits.lambda.bodyBytes == 6_291_456)
        #expect(Limits.lambda.answerBytes < 6_291_456)
        #expect(Limits.lambda.escapesAnswers)
    }
}

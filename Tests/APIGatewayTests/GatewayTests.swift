import API
import APIGateway
import Foundation
import Testing

@Suite("Answers to API Gateway")
struct GatewayTests {
    @Test("An answer is what API Gateway wants: a number, headers, a string for a body")
    func encodesAnswers() async throws {
        let text = "{\"text\":\"\\\"ü\\\" \\n\\u0001\"}"
        let gateway = Gateway { _ in
            Response(
                status: 201, headers: [("Content-Type", "application/json"), ("Retry-After", "1")],
                body: Array(text.utf8))
        }
        let event = Array("{\"httpMethod\":\"GET\",\"path\":\"/\"}".utf8)
        let answer = try GatewayAnswer(await gateway.answer(to: event))
        #expect(answer.status == 201)
        #expect(answer.headers == ["Content-Type": "application/json", "Retry-After": "1"])
        #expect(answer.body == text)
        #expect(!answer.isBase64Encoded)
    }

    @Test("What a schedule sends is handed to maintenance, with the deadline; what only looks like it is not")
    func schedules() async throws {
        let gateway = Gateway(maintain: { deadline in Array("{\"until\":\(deadline)}".utf8) }) { _ in
            Response(status: 200, headers: [], body: [])
        }
        let event = """
            {"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event",
            "source":"aws.events","account":"123456789012","time":"2015-10-08T16:53:06Z","region":"us-east-1",
            "resources":["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"],"detail":{}}
            """
        let answer = await gateway.answer(to: Array(event.utf8), deadline: 17)
        #expect(String(decoding: answer, as: UTF8.self) == "{\"until\":17}")
        let request = Array(
            "{\"httpMethod\":\"GET\",\"path\":\"/\",\"source\":\"aws.events\",\"detail-type\":\"Scheduled Event\"}"
                .utf8)
        #expect(try GatewayAnswer(await gateway.answer(to: request)).status == 200)
        let deaf = Gateway { _ in Response(status: 200, headers: [], body: []) }
        #expect(try GatewayAnswer(await deaf.answer(to: Array(event.utf8))).status == 400)
    }

    @Test(
        "What is no event of theirs is told so, as a request that was wrong",
        arguments: [
            "", "null", "[]", "\"\"", "17", "{", "{}", "{\"key1\":\"value1\",\"key2\":\"value2\"}",
            "{\"Records\":[{\"eventSource\":\"aws:sqs\",\"body\":\"{}\"}]}",
            "{\"version\":\"2.0\",\"rawPath\":\"/projects\"}",
            "{\"version\":\"2.0\",\"httpMethod\":\"GET\",\"path\":\"/projects\"}",
            "{\"httpMethod\":7,\"path\":\"/projects\"}",
            "{\"httpMethod\":\"POST\",\"path\":\"/projects\",\"headers\":[]}",
            "{\"httpMethod\":\"POST\",\"path\":\"/projects\",\"isBase64Encoded\":\"true\"}",
            "{\"httpMethod\":\"POST\",\"path\":\"/projects\",\"body\":{\"name\":\"p\"}}",
            "{\"httpMethod\":\"POST\",\"path\":\"/projects\",\"body\":\"%%%%\",\"isBase64Encoded\":true}",
        ])
    func refusesOtherEvents(text: String) async throws {
        let gateway = Gateway { _ in Response(status: 200, headers: [], body: []) }
        try check(GatewayAnswer(await gateway.answer(to: Array(text.utf8))))
    }

    @Test("Bytes that are no UTF-8 are no event")
    func refusesOtherBytes() async throws {
        let gateway = Gateway { _ in Response(status: 200, headers: [], body: []) }
        try check(GatewayAnswer(await gateway.answer(to: [0x7B, 0xFF, 0xFE, 0x7D])))
    }

    @Test("A load balancer's event, which is encoded otherwise, is refused")
    func refusesLoadBalancers() async throws {
        try check(try await RecordedEvent("load-balancer").refusal())
    }

    private func check(_ answer: GatewayAnswer) throws {
        #expect(answer.status == 400)
        #expect(answer.headers["Access-Control-Allow-Origin"] == "*")
        let body = try #require(
            try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
        let error = try #require(body["error"] as? [String: Any])
        #expect(error["status"] as? Int == 400 && error["code"] as? String == "invalid")
        #expect((body["message"] as? String)?.contains("API Gateway") == true)
    }
}

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

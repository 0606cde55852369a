import API
import APIGateway
import Foundation
import Synchronization
import Testing

/// An event of the fixtures, which a test may change before it is handed on.
struct RecordedEvent {
    var fields: [String: Any]

    init(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/\(name).json"))
        fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    init(_ fields: [String: Any]) { self.fields = fields }

    /// Sets a member of `requestContext`; nil takes it away.
    mutating func setContext(_ key: String, _ value: Any?) {
        var context = fields["requestContext"] as? [String: Any] ?? [:]
        context[key] = value
        fields["requestContext"] = context
    }

    /// What the API gets of it.
    func request() async throws -> Request { try #require(try await exchange().request) }

    /// What is answered when the API gets no request of it.
    func refusal() async throws -> GatewayAnswer {
        let exchange = try await exchange()
        #expect(exchange.request == nil)
        return exchange.answer
    }

    private func exchange() async throws -> (request: Request?, answer: GatewayAnswer) {
        let seen = Mutex<Request?>(nil)
        let gateway = Gateway { request in
            seen.withLock { $0 = request }
            return Response(status: 200, headers: [], body: [])
        }
        let answer = await gateway.answer(to: Array(try JSONSerialization.data(withJSONObject: fields)))
        return (seen.withLock { $0 }, try GatewayAnswer(answer))
    }
}

/// An answer to API Gateway, read by a reader that is not ours.
struct GatewayAnswer {
    var status: Int
    var headers: [String: String]
    var body: String
    var isBase64Encoded: Bool

    init(_ bytes: [UInt8]) throws {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(Set(object.keys) == ["statusCode", "headers", "body", "isBase64Encoded"])
        status = try #require(object["statusCode"] as? Int)
        headers = try #require(object["headers"] as? [String: String])
        body = try #require(object["body"] as? String)
        isBase64Encoded = try #require(object["isBase64Encoded"] as? Bool)
    }
}

extension Request {
    var pairs: [String] { query.map { "\($0.name)=\($0.value)" } }
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The key that nothing has checked yet; nil when a gateway has.
    var presentedKey: String?? {
        if case .presented(let key) = credential { return .some(key) }
        return nil
    }
}

import API
import JSON

/// Between API Gateway's events and the API: an event in, the answer in the form API Gateway wants out. And what EventBridge's
/// schedule sends is handed to maintenance.
public struct Gateway: Sendable {
    private let respond: @Sendable (Request) async -> Response
    private let maintain: Maintenance?

    /// Works until a deadline, in milliseconds since 1970, and tells in JSON what was done.
    public typealias Maintenance = @Sendable (_ deadline: Int64) async -> [UInt8]

    /// - Parameters:
    ///   - maintain: What a scheduled event asks for; with none such an event is refused.
    ///   - respond: The API (`Router.respond(to:)`).
    public init(
        maintain: Maintenance? = nil, respond: @escaping @Sendable (Request) async -> Response
    ) {
        self.maintain = maintain
        self.respond = respond
    }

    /// Answers one event, whatever it holds.
    ///
    /// - Parameters:
    ///   - event: JSON, as Lambda hands it to a function.
    ///   - deadline: When Lambda ends the invocation, in milliseconds since 1970.
    /// - Returns: JSON with `statusCode`, `headers`, `body` and `isBase64Encoded`; to a schedule what maintenance tells.
    public func answer(to event: [UInt8], deadline: Int64 = .max) async -> [UInt8] {
        guard let gatewayEvent = try? GatewayEvent(event) else { return encoded(Self.unknownEvent) }
        if gatewayEvent.isSchedule, let maintain { return await maintain(deadline) }
        guard let request = Request(gatewayEvent) else { return encoded(Self.unknownEvent) }
        return encoded(await respond(request))
    }

    private func encoded(_ response: Response) -> [UInt8] {
        var writer = JSONWriter(capacity: response.body.count + response.body.count / 8 + 512)
        writer.writeObject { writer in
            writer.member("statusCode", response.status)
            writer.key("headers")
            writer.writeObject { writer in
                for (name, value) in response.headers { writer.member(name, value) }
            }
            writer.member("body", String(decoding: response.body, as: UTF8.self))
            writer.member("isBase64Encoded", false)
        }
        return writer.bytes
    }

    private static let unknownEvent: Response = {
        let message =
            "This function answers HTTP requests that API Gateway or a function URL hands it; this event is none."
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.key("error")
            writer.writeObject { writer in
                writer.member("status", 400)
                writer.member("code", "invalid")
                writer.member("message", message)
            }
            writer.member("message", message)
        }
        return Response(
            status: 400,
            headers: [("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")],
            body: writer.bytes)
    }()
}

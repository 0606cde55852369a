import API
import JSON

extension Request {
    /// The request that an event brings, or nil when it is none of API Gateway's.
    init?(_ event: GatewayEvent) {
        guard let method = event.isVersion2 ? event.context.httpMethod : event.method,
            let path = event.requestPath, let body = event.bodyBytes, !event.context.isLoadBalancer
        else { return nil }
        self.init(
            method: method.uppercased(), path: path, query: event.queryPairs, body: body,
            credential: event.credential)
    }
}

extension GatewayEvent {
    /// Nil when the body is said to be base64 and is not.
    var bodyBytes: [UInt8]? {
        guard let body else { return [] }
        return isBase64Encoded ? Base64.decode(body) : Array(body.utf8)
    }

    /// Only a REST API's gateway checks keys, and only of methods that demand one: then it names the key. Whatever is
    /// named in an event of another shape does not count.
    var credential: Request.Credential {
        if isREST, let id = context.checkedKeyID { return .checkedByGateway(keyID: id) }
        let sent = (headers + multiValueHeaders).first { $0.name.lowercased() == "x-api-key" }
        return .presented(sent?.value)
    }
}

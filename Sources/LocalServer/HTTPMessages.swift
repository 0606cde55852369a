import API
import NIOHTTP1

extension API.Request {
    init(_ head: HTTPRequestHead, body: [UInt8]) {
        self.init(
            method: head.method.rawValue, target: head.target, body: body,
            credential: .presented(head.headers.first(name: "x-api-key")))
    }
}

extension HTTPRequestHead {
    /// The path and the query, also where a client names the whole address, as it does to a proxy (RFC 9112, 3.2.2).
    fileprivate var target: Substring {
        guard !uri.hasPrefix("/"), let scheme = uri.firstRange(of: "://") else { return uri[...] }
        let target = uri[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        return target.hasPrefix("/") ? target : "/" + target
    }

    /// Whether the client wants to hear that it may send the body (RFC 9110, 10.1.1).
    var waitsToGoOn: Bool {
        version.minor > 0 && headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
    }

    /// As the client sent it, without the query.
    var path: Substring { target.prefix { $0 != "?" } }
}

extension HTTPResponseHead {
    /// - Parameter goesOn: Whether the connection stays open behind it.
    init(_ response: API.Response, to request: HTTPRequestHead, date: String, goesOn: Bool) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(response.headers.count + 3)
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        if response.status != 204 {
            headers.add(name: "Content-Length", value: String(response.body.count))
        }
        headers.add(name: "Date", value: date)
        if !goesOn {
            headers.add(name: "Connection", value: "close")
        } else if request.version.minor == 0 {
            headers.add(name: "Connection", value: "keep-alive")
        }
        self.init(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    }
}

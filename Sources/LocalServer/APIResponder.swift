import API
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Hands each HTTP request to the API's router and its answer back.
struct APIResponder: HTTPResponder {
    let router: API.Router
    let logger: Logger

    func respond(to request: Hummingbird.Request, context: BasicRequestContext) async throws
        -> Hummingbird.Response
    {
        let start = ContinuousClock.now
        let answer = await answer(to: request)
        log(request, answer, took: .now - start)
        return Hummingbird.Response(answer)
    }

    private func answer(to request: Hummingbird.Request) async -> API.Response {
        guard let body = await body(of: request) else { return router.bodyRefusal }
        return await router.respond(to: API.Request(request, body: body))
    }

    /// Nil when the body is longer than the API takes, or was broken off.
    private func body(of request: Hummingbird.Request) async -> [UInt8]? {
        let limit = router.bodyLimitBytes
        let announced = request.headers[.contentLength].flatMap(Int.init) ?? 0
        guard announced <= limit else { return nil }
        var body: [UInt8] = []
        body.reserveCapacity(max(0, announced))
        do {
            for try await part in request.body {
                guard part.readableBytes <= limit - body.count else { return nil }
                part.withUnsafeReadableBytes { body.append(contentsOf: $0) }
            }
        } catch {
            return nil
        }
        return body
    }

    /// One line a request; no header, no query and no body, and so no key and no vector.
    private func log(_ request: Hummingbird.Request, _ answer: API.Response, took: Duration) {
        let milliseconds = took / .milliseconds(1)
        let tenths = (milliseconds * 10).rounded() / 10
        logger.info("\(request.method.rawValue) \(request.uri.path) \(answer.status) \(tenths) ms")
    }
}

extension API.Request {
    fileprivate init(_ request: Hummingbird.Request, body: [UInt8]) {
        let target = request.head.path ?? "/"
        let cut = target.firstIndex(of: "?") ?? target.endIndex
        self.init(
            method: request.method.rawValue, path: String(target[..<cut]),
            query: request.uri.queryParameters.map { (name: String($0.key), value: String($0.value)) },
            body: body, credential: .presented(HTTPField.Name("x-api-key").flatMap { request.headers[$0] }))
    }
}

extension Hummingbird.Response {
    fileprivate init(_ answer: API.Response) {
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        self.init(
            status: HTTPResponse.Status(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

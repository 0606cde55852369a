import API
import Logging
import NIOCore
import NIOHTTP1

/// Takes the requests of one connection, hands each to the API's router, and writes its answer back.
///
/// Requests come one after the other: the pipeline holds back the next until the answer is written.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Incoming {
        let head: HTTPRequestHead
        let start: ContinuousClock.Instant
        var body: [UInt8] = []
        /// Answered already; what is still sent is passed over.
        var isRefused = false
    }

    private let router: API.Router
    private let connections: OpenConnections
    private let logger: Logger
    private var date = HTTPDate()
    private var context: ChannelHandlerContext?
    private var incoming: Incoming?
    private var work: Task<Void, Never>?
    /// Whether nothing is to come after what is under way.
    private var isLast = false

    init(router: API.Router, connections: OpenConnections, logger: Logger) {
        self.router = router
        self.connections = connections
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connections.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // Nobody waits for the answer any more.
        work?.cancel()
        connections.remove(self)
    }

    /// Closes the connection, once the request under way is answered.
    func finish() {
        isLast = true
        if incoming == nil { context?.close(promise: nil) }
    }

    func closeUnlessWorking() {
        if work == nil { context?.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let part): take(part)
        case .end: end()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        var incoming = Incoming(head: head, start: .now)
        let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        let isTooLarge = announced > router.bodyLimitBytes
        if !isTooLarge { incoming.body.reserveCapacity(announced) }
        self.incoming = incoming
        if isTooLarge {
            refuse()
        } else if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" })
        {
            // Else the client waits for a while before it sends the body.
            write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
            context?.flush()
        }
    }

    private func take(_ part: ByteBuffer) {
        guard let incoming, !incoming.isRefused else { return }
        guard part.readableBytes <= router.bodyLimitBytes - incoming.body.count else { return refuse() }
        part.withUnsafeReadableBytes { self.incoming?.body.append(contentsOf: $0) }
    }

    private func refuse() {
        guard var incoming else { return }
        (incoming.isRefused, incoming.body) = (true, [])
        self.incoming = incoming
        answer(router.bodyRefusal, to: incoming)
    }

    private func end() {
        guard let incoming else { return }
        if incoming.isRefused {
            self.incoming = nil
            if isLast { context?.close(promise: nil) }
        } else if let context {
            work(on: API.Request(incoming.head, body: incoming.body), context.eventLoop)
        }
    }

    private func work(on request: API.Request, _ loop: any EventLoop) {
        let (router, handler) = (router, NIOLoopBound(self, eventLoop: loop))
        incoming?.body = []
        // Begun where the work is done: each change of threads takes longer than many a request.
        work = Task(executorPreference: router.executor) {
            let response = await router.respond(to: request)
            loop.execute { handler.value.complete(response) }
        }
    }

    // MARK: - Answers

    private func complete(_ response: API.Response) {
        guard let incoming else { return }
        // With the end of the answer the next request may come, before that call returns.
        (self.incoming, work) = (nil, nil)
        answer(response, to: incoming)
    }

    private func answer(_ response: API.Response, to incoming: Incoming) {
        guard let context else { return }
        if !incoming.head.isKeepAlive { isLast = true }
        write(.head(HTTPResponseHead(response, to: incoming.head, date: date.now, goesOn: !isLast)))
        if !response.body.isEmpty, incoming.head.method != .HEAD {
            write(.body(.byteBuffer(context.channel.allocator.buffer(bytes: response.body))))
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        if isLast {
            // A client that is still sending would lose the answer if nobody took what it sends.
            let mode: CloseMode = incoming.isRefused ? .output : .all
            written.futureResult.assumeIsolated().whenComplete { _ in
                self.context?.close(mode: mode, promise: nil)
            }
        }
        log(incoming, response)
    }

    private func write(_ part: HTTPServerResponsePart) {
        context?.write(wrapOutboundOut(part), promise: nil)
    }

    /// One line a request; no header, no query and no body, and so no key and no vector.
    private func log(_ incoming: Incoming, _ response: API.Response) {
        let milliseconds = (ContinuousClock.now - incoming.start) / .milliseconds(1)
        let (method, path) = (incoming.head.method.rawValue, incoming.head.path)
        logger.info("\(method) \(path) \(response.status) \((milliseconds * 10).rounded() / 10) ms")
    }
}

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
        /// Answered before its end; what is still sent is passed over.
        var isRefused = false
    }

    private let router: API.Router
    private let connections: OpenConnections
    private let logger: Logger
    private var date = HTTPDate()
    private var context: ChannelHandlerContext?
    /// From its head until its answer is sent, and all of it has come.
    private var incoming: Incoming?
    private var work: Task<Void, Never>?
    private var isAnswering = false
    /// Whether nothing is to come after what is under way.
    private var isLast = false
    private var stuckCount = 0

    init(router: API.Router, connections: OpenConnections, logger: Logger) {
        self.router = router
        self.connections = connections
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connections.add(self)
    }

    /// The connection is gone: reset by the client, or closed. A client that merely closes its side may still wait for the answer.
    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        work?.cancel()
        if work == nil { connections.remove(self) }
    }

    /// Closes the connection, once the request under way is answered.
    func finish() {
        isLast = true
        if incoming == nil { close() }
    }

    /// Called again and again while the server stops: closes a connection whose client does not go on sending, or taking its answer.
    func closeIfStuck() {
        if work != nil { return }
        stuckCount += 1
        if stuckCount >= (isAnswering ? 6 : 1) { close() }
    }

    private func close(_ mode: CloseMode = .all) { context?.close(mode: mode, promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let part): take(part)
        case .end: end()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        // Of what comes after the last nothing is done.
        if isLast { return }
        // The decoder reads nothing behind a request to speak another protocol.
        isLast = head.method == .CONNECT || head.headers.contains(name: "upgrade")
        let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        incoming = Incoming(head: head, start: .now)
        if announced > router.bodyLimitBytes { return refuse() }
        incoming?.body.reserveCapacity(announced)
        if head.waitsToGoOn {
            context?.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    private func take(_ part: ByteBuffer) {
        // Where it lies: a body of which there is a second copy is copied with each part.
        guard let count = incoming?.body.count, incoming?.isRefused == false else { return }
        guard part.readableBytes <= router.bodyLimitBytes - count else { return refuse() }
        part.withUnsafeReadableBytes { incoming?.body.append(contentsOf: $0) }
    }

    private func refuse() {
        incoming?.isRefused = true
        incoming?.body = []
        answer(router.bodyRefusal)
    }

    private func end() {
        guard let incoming, let context else { return }
        if !incoming.isRefused {
            work(on: API.Request(incoming.head, body: incoming.body), context.eventLoop)
        } else if !isAnswering {
            self.incoming = nil
            if isLast { close() }
        } else {
            self.incoming?.isRefused = false
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
        work = nil
        if context == nil { connections.remove(self) } else { answer(response) }
    }

    private func answer(_ response: API.Response) {
        guard let incoming, let context else { return }
        if !incoming.head.isKeepAlive { isLast = true }
        isAnswering = true
        let head = HTTPResponseHead(response, to: incoming.head, date: date.now, goesOn: !isLast)
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in self.answered() }
        log(incoming, response)
        if response.body.isEmpty || incoming.head.method == .HEAD {
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: sent)
        } else {
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let body = context.channel.allocator.buffer(bytes: response.body)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(body))), promise: sent)
        }
    }

    /// The client has taken the answer, or is gone. With its end the next request comes, before that call returns: not while answers wait.
    private func answered() {
        isAnswering = false
        // A client that is still sending would lose the answer if nobody took what it sends.
        let isStillSent = incoming?.isRefused ?? false
        if isLast { return close(isStillSent ? .output : .all) }
        if !isStillSent { incoming = nil }
        context?.write(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// One line a request; no header, no query and no body, and so no key and no vector.
    private func log(_ incoming: Incoming, _ response: API.Response) {
        let milliseconds = (ContinuousClock.now - incoming.start) / .milliseconds(1)
        let (method, path) = (incoming.head.method.rawValue, incoming.head.path)
        logger.info("\(method) \(path) \(response.status) \((milliseconds * 10).rounded() / 10) ms")
    }
}

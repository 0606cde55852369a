import NIOCore

/// The connections of a server, told when it stops. Used on the event loop that all of them are on.
final class OpenConnections: Sendable {
    private struct State {
        var handlers: [ObjectIdentifier: RequestHandler] = [:]
        /// Kept when all are closed; nil while the server goes on.
        var finished: EventLoopPromise<Void>?
    }

    private let loop: any EventLoop
    private let state: NIOLoopBoundBox<State>

    init(_ loop: any EventLoop) {
        self.loop = loop
        state = NIOLoopBoundBox.makeBoxSendingValue(State(), eventLoop: loop)
    }

    func add(_ handler: RequestHandler) {
        state.value.handlers[ObjectIdentifier(handler)] = handler
        if state.value.finished != nil { handler.finish() }
    }

    func remove(_ handler: RequestHandler) {
        state.value.handlers[ObjectIdentifier(handler)] = nil
        if state.value.handlers.isEmpty { state.value.finished?.succeed() }
    }

    /// Closes each connection once its request under way is answered, and where a client does not go on after a while; returns when none is
    /// left.
    func finish() async throws {
        let finished = loop.makePromise(of: Void.self)
        loop.execute { [state] in
            state.value.finished = finished
            if state.value.handlers.isEmpty { finished.succeed() }
            for handler in state.value.handlers.values { handler.finish() }
        }
        let looks = loop.scheduleRepeatedTask(initialDelay: Self.patience, delay: Self.patience) {
            [state] _ in
            for handler in state.value.handlers.values { handler.closeIfStuck() }
        }
        try await finished.futureResult.get()
        looks.cancel()
    }

    private static let patience = TimeAmount.seconds(5)
}

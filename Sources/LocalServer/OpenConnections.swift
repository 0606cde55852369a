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

    /// Closes each connection once its request under way is answered, those that still send one after a while in any case; returns when none
    /// is left.
    func finish() async throws {
        let finished = loop.makePromise(of: Void.self)
        loop.execute { [state] in
            state.value.finished = finished
            if state.value.handlers.isEmpty { finished.succeed() }
            for handler in state.value.handlers.values { handler.finish() }
        }
        let patience = loop.scheduleTask(in: Self.patience) { [state] in
            for handler in state.value.handlers.values { handler.closeUnlessWorking() }
        }
        try await finished.futureResult.get()
        patience.cancel()
    }

    private static let patience = TimeAmount.seconds(5)
}

/// What comes of an invocation: the answer's bytes, or why there are none.
typealias InvocationOutcome = Result<[UInt8], InvocationFailure>

extension Invocation {
    /// How long before Lambda's deadline a handler's task is cancelled: time enough to say so in an answer.
    static let cancelMargin: Int64 = 500
    /// How long before it a handler that does not heed that is waited for no longer.
    static let giveUpMargin: Int64 = 200

    /// The handler's answer, or a failure when it has none by the deadline.
    ///
    /// A handler that does not heed its task's cancellation goes on in the background; what it gives is dropped.
    ///
    /// - Parameter now: The time in milliseconds since 1970.
    func outcome(
        now: @escaping @Sendable () -> Int64, of handler: @escaping RuntimeLoop.Handler
    ) async -> InvocationOutcome {
        let (outcomes, feed) = AsyncStream<InvocationOutcome>.makeStream()
        let work = Task {
            feed.yield(await Self.$current.withValue(self) { await answer(by: handler) })
        }
        let clock = Task {
            try await sleep(until: deadline - Self.cancelMargin, now)
            work.cancel()
            try await sleep(until: deadline - Self.giveUpMargin, now)
            feed.yield(.failure(.timeout))
        }
        defer { clock.cancel() }
        for await outcome in outcomes { return outcome }
        return .failure(.timeout)
    }

    private func answer(by handler: RuntimeLoop.Handler) async -> InvocationOutcome {
        do throws(InvocationFailure) { return .success(try await handler(self)) } catch {
            return .failure(error)
        }
    }

    /// Sleeps in short steps: a sleep that is cancelled leaves its timer with the system until it would have ended, and
    /// quick invocations with a deadline far away would leave many.
    private func sleep(until time: Int64, _ now: @Sendable () -> Int64) async throws {
        while true {
            let (rest, overflow) = time.subtractingReportingOverflow(now())
            if overflow || rest <= 0 { return }
            try await Task.sleep(for: .milliseconds(min(rest, Self.longestSleep)))
        }
    }

    /// In milliseconds.
    private static let longestSleep: Int64 = 1000
}

extension InvocationFailure {
    fileprivate static let timeout = InvocationFailure(
        type: "Function.Timeout", message: "There was no answer before the deadline.")
}

import HTTPClient
import Logging

/// The life of a Lambda function: takes an event, has it answered, sends the answer, for ever.
///
/// It moves bytes and knows nothing of what is in them. It keeps nothing from one invocation to the next, so that several
/// loops could run in one process.
public struct RuntimeLoop: Sendable {
    private let api: RuntimeAPI
    private let logger: Logger
    private let now: @Sendable () -> Int64

    /// How long before Lambda's deadline a handler's task is cancelled: time enough to say so in an answer.
    static let cancelMargin: Int64 = 500
    /// How long before it a handler that does not heed that is waited for no longer.
    static let giveUpMargin: Int64 = 200
    /// How often in a row the Runtime API may fail before the process ends, to be started anew.
    static let patience = 3

    /// - Parameters:
    ///   - host: The value of `AWS_LAMBDA_RUNTIME_API`.
    ///   - now: The time in milliseconds since 1970. Of the wall clock: deadlines are told in it.
    public init(
        host: String, transport: any HTTPTransport, logger: Logger, now: @escaping @Sendable () -> Int64
    ) {
        api = RuntimeAPI(host: host, transport: transport)
        self.logger = logger
        self.now = now
    }

    public typealias Handler = @Sendable (Invocation) async throws(InvocationFailure) -> [UInt8]

    /// Answers events until the Runtime API is gone or asks for the end; then the process has to end too.
    public func run(_ handler: @escaping Handler) async {
        var failures = 0
        while failures < Self.patience {
            do {
                let invocation = try await api.next()
                guard try await answer(invocation, handler) else { return }
                failures = 0
            } catch {
                failures += 1
                logger.error("the Runtime API failed", metadata: ["reason": "\(error)"])
            }
        }
    }

    /// Tells Lambda that the function cannot start, and why.
    public func failInitialisation(_ failure: InvocationFailure) async {
        logger.critical("\(failure.message)", metadata: ["type": "\(failure.type)"])
        do {
            try await api.failInitialisation(with: failure)
        } catch {
            logger.error("the Runtime API did not take the failure", metadata: ["reason": "\(error)"])
        }
    }

    /// - Returns: Whether the loop may go on.
    private func answer(_ invocation: Invocation, _ handler: @escaping Handler) async throws(RuntimeAPIError) -> Bool {
        var status: Int
        do {
            let answer = try await outcome(of: invocation, handler)
            guard answer.count <= RuntimeAPI.answerBytes else {
                throw InvocationFailure(
                    type: "Function.ResponseSizeTooLarge",
                    message: "The answer has \(answer.count) bytes, Lambda takes \(RuntimeAPI.answerBytes).")
            }
            status = try await send { () throws(RuntimeAPIError) in try await api.respond(to: invocation, with: answer) }
        } catch let failure as InvocationFailure {
            logger.error("\(failure.message)", metadata: ["requestId": "\(invocation.requestID)", "type": "\(failure.type)"])
            status = try await api.fail(invocation, with: failure)
        } catch {
            throw (error as? RuntimeAPIError) ?? .unreachable("\(error)")
        }
        return goesOn(after: status, invocation)
    }

    private func send(_ body: () async throws(RuntimeAPIError) -> Int) async throws(RuntimeAPIError) -> Int {
        try await body()
    }

    /// What the service's status to an answer means: 202 that it was taken, 500 that the process should end. With any other
    /// (400, 403, 410 for a request that has another delivery, 413) this answer is lost and the next event waits.
    private func goesOn(after status: Int, _ invocation: Invocation) -> Bool {
        if status == 202 { return true }
        logger.error(
            "the Runtime API refused an answer", metadata: ["requestId": "\(invocation.requestID)", "status": "\(status)"])
        return status != 500
    }

    /// The handler's answer, or a failure when it has none by the deadline.
    private func outcome(of invocation: Invocation, _ handler: @escaping Handler) async throws -> [UInt8] {
        let (events, feed) = AsyncStream<Event>.makeStream()
        let work = Task {
            do throws(InvocationFailure) {
                feed.yield(.finished(.success(try await handler(invocation))))
            } catch {
                feed.yield(.finished(.failure(error)))
            }
        }
        let clock = Task { [deadline = invocation.deadline] in
            try await sleep(until: deadline, less: Self.cancelMargin)
            work.cancel()
            try await sleep(until: deadline, less: Self.giveUpMargin)
            feed.yield(.givenUp)
        }
        defer { clock.cancel() }
        for await case .finished(let result) in events.prefix(1) { return try result.get() }
        throw InvocationFailure(type: "Function.Timeout", message: "There was no answer before the deadline.")
    }

    private enum Event: Sendable {
        case finished(Result<[UInt8], InvocationFailure>)
        case givenUp
    }

    private func sleep(until deadline: Int64, less margin: Int64) async throws {
        let (rest, overflow) = deadline.subtractingReportingOverflow(now() + margin)
        if !overflow, rest > 0 { try await Task.sleep(for: .milliseconds(min(rest, 86_400_000))) }
    }
}

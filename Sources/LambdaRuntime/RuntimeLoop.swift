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

    /// Turns an event into an answer. Its task is cancelled shortly before the invocation's deadline.
    public typealias Handler = @Sendable (Invocation) async throws(InvocationFailure) -> [UInt8]

    /// Answers events until the Runtime API is gone or asks for the end; then the process has to end too.
    public func run(_ handler: @escaping Handler) async {
        var failures = 0
        while failures < Self.patience {
            do throws(RuntimeAPIError) {
                guard try await answerNext(handler) else { return }
                failures = 0
            } catch {
                logger.error("the Runtime API failed", metadata: ["reason": "\(error)"])
                if case .refused(status: 500) = error { return }
                failures += 1
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
    private func answerNext(_ handler: @escaping Handler) async throws(RuntimeAPIError) -> Bool {
        let invocation = try await api.next()
        let outcome = await invocation.outcome(now: now, of: handler).flatMap(Self.withinLimit)
        return goesOn(after: try await deliver(outcome, of: invocation), invocation)
    }

    /// A larger answer would be refused, and the refusal would count as the answer.
    private static func withinLimit(_ answer: [UInt8]) -> InvocationOutcome {
        if answer.count <= RuntimeAPI.answerBytes { return .success(answer) }
        return .failure(
            InvocationFailure(
                type: "Function.ResponseSizeTooLarge",
                message: "The answer has \(answer.count) bytes, Lambda takes \(RuntimeAPI.answerBytes)."))
    }

    /// - Returns: The service's status.
    private func deliver(
        _ outcome: InvocationOutcome, of invocation: Invocation
    ) async throws(RuntimeAPIError) -> Int {
        switch outcome {
        case .success(let answer):
            return try await twice { () throws(RuntimeAPIError) in
                try await api.respond(to: invocation, with: answer)
            }
        case .failure(let failure):
            log(failure, of: invocation)
            return try await twice { () throws(RuntimeAPIError) in
                try await api.fail(invocation, with: failure)
            }
        }
    }

    /// Sends again what was lost on its way. The service may have it already; then it refuses the second, and no harm
    /// is done. Without any, it would give no further event.
    private func twice(
        _ send: () async throws(RuntimeAPIError) -> Int
    ) async throws(RuntimeAPIError) -> Int {
        do throws(RuntimeAPIError) {
            return try await send()
        } catch {
            logger.warning("sending an answer again", metadata: ["reason": "\(error)"])
            return try await send()
        }
    }

    /// What the service's status to an answer means: 202 that it was taken, 500 that the process should end. With any
    /// other (400, 403, 410 for a request that has another delivery, 413) this answer is lost and the next event waits.
    private func goesOn(after status: Int, _ invocation: Invocation) -> Bool {
        if status == 202 { return true }
        logger.error(
            "the Runtime API refused an answer",
            metadata: ["requestId": "\(invocation.requestID)", "status": "\(status)"])
        return status != 500
    }

    private func log(_ failure: InvocationFailure, of invocation: Invocation) {
        logger.error(
            "\(failure.message)",
            metadata: ["requestId": "\(invocation.requestID)", "type": "\(failure.type)"])
    }
}

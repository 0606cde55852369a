import HTTPClient
import JSON

/// Lambda's Runtime API, version 2018-06-01, as a client.
///
/// Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
struct RuntimeAPI: Sendable {
    private let base: String
    private let transport: any HTTPTransport

    /// The most bytes that an answer may have; the service refuses a larger one and counts the invocation as failed.
    static let answerBytes = 6 * 1024 * 1024

    /// - Parameter host: The value of `AWS_LAMBDA_RUNTIME_API`: a host and a port.
    init(host: String, transport: any HTTPTransport) {
        base = "http://\(host)/2018-06-01/runtime"
        self.transport = transport
    }

    /// Waits for the next event, for ever: the environment may be frozen in between.
    func next() async throws(RuntimeAPIError) -> Invocation {
        let response = try await send(
            HTTPRequest(method: "GET", url: base + "/invocation/next", timeout: nil))
        guard response.status == 200 else { throw .refused(status: response.status) }
        guard let requestID = response.header("Lambda-Runtime-Aws-Request-Id"), !requestID.isEmpty else {
            throw .malformed("an event came without a request id")
        }
        return Invocation(
            requestID: requestID, event: response.body,
            deadline: response.header("Lambda-Runtime-Deadline-Ms").flatMap { Int64($0) } ?? .max,
            traceID: response.header("Lambda-Runtime-Trace-Id"),
            invocationID: response.header("Lambda-Runtime-Invocation-Id"))
    }

    /// - Returns: The service's status; 202 when it took the answer.
    func respond(
        to invocation: Invocation, with answer: [UInt8]
    ) async throws(RuntimeAPIError) -> Int {
        try await post("/invocation/\(invocation.requestID)/response", answer, echo(invocation))
    }

    /// - Returns: The service's status; 202 when it took the error.
    func fail(
        _ invocation: Invocation, with failure: InvocationFailure
    ) async throws(RuntimeAPIError) -> Int {
        try await post(
            "/invocation/\(invocation.requestID)/error", failure.body, echo(invocation) + failure.header)
    }

    /// Tells that the function could not start; the process has to end after it.
    func failInitialisation(with failure: InvocationFailure) async throws(RuntimeAPIError) {
        _ = try await post("/init/error", failure.body, failure.header)
    }

    private func post(
        _ path: String, _ body: [UInt8], _ headers: [(name: String, value: String)]
    ) async throws(RuntimeAPIError) -> Int {
        let request = HTTPRequest(
            method: "POST", url: base + path, headers: [("Content-Type", "application/json")] + headers,
            body: body, timeout: .seconds(10))
        return try await send(request).status
    }

    private func send(_ request: HTTPRequest) async throws(RuntimeAPIError) -> HTTPResponse {
        do { return try await transport.send(request) } catch { throw .unreachable("\(error)") }
    }

    private func echo(_ invocation: Invocation) -> [(name: String, value: String)] {
        invocation.invocationID.map { [("Lambda-Runtime-Invocation-Id", $0)] } ?? []
    }
}

/// Why the Runtime API gave no event or took no answer.
enum RuntimeAPIError: Error {
    case unreachable(String)
    /// 500 is the service's word that the process should end.
    case refused(status: Int)
    case malformed(String)
}

extension InvocationFailure {
    fileprivate var header: [(name: String, value: String)] {
        [("Lambda-Runtime-Function-Error-Type", type)]
    }

    fileprivate var body: [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.member("errorMessage", message)
            writer.member("errorType", type)
            writer.key("stackTrace")
            writer.writeArray { _ in }
        }
        return writer.bytes
    }
}

import HTTPClient
import Synchronization

/// Carries requests to a real server and, by chance, loses them, loses or breaks the answers, or throttles.
///
/// Of a conditional write only an answer that says "done" is lost: after any other loss nobody can tell a conflict
/// with a row that equals ours from our own success.
final class FaultyTransport: HTTPTransport {
    private let inner: any HTTPTransport
    private let random: Mutex<any RandomNumberGenerator & Sendable>
    private let counts = Mutex((requests: 0, faults: 0))

    init(_ inner: any HTTPTransport, _ random: any RandomNumberGenerator & Sendable) {
        self.inner = inner
        self.random = Mutex(random)
    }

    var requests: Int { counts.withLock(\.requests) }
    var faults: Int { counts.withLock(\.faults) }

    private enum Fault: CaseIterable {
        case requestLost, throttled, answerLost, bitFlipped, cutShort
    }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        counts.withLock { $0.requests += 1 }
        let fault = random.withLock { random -> Fault? in
            Double.random(in: 0..<1, using: &random) < 0.3
                ? Fault.allCases.randomElement(using: &random) : nil
        }
        let isConditional = String(decoding: request.body, as: UTF8.self).contains("ConditionExpression")
        if fault == .requestLost, !isConditional { throw counted(.connection(reason: "lost request")) }
        if fault == .throttled {
            counts.withLock { $0.faults += 1 }
            return HTTPResponse(status: 400, body: Array(#"{"__type":"a#ThrottlingException"}"#.utf8))
        }
        var response = try await inner.send(request)
        guard response.status == 200, let fault else { return response }
        switch fault {
        case .answerLost: throw counted(.connection(reason: "lost answer"))
        case .bitFlipped: response.body[response.body.count / 2] ^= 0x10
        default: response.body.removeLast()
        }
        counts.withLock { $0.faults += 1 }
        return response
    }

    private func counted(_ error: HTTPTransportError) -> HTTPTransportError {
        counts.withLock { $0.faults += 1 }
        return error
    }
}

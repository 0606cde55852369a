import AWS
import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import StorageDynamoDB

/// Answers requests by a script, one step each; the last step answers all further ones.
///
/// For what no emulator does on demand: refusing, losing answers, breaking them.
final class ScriptedTransport: HTTPTransport {
    typealias Step = @Sendable (HTTPRequest) throws(HTTPTransportError) -> HTTPResponse

    struct State {
        var steps: [Step]
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>

    init(_ steps: Step...) { state = Mutex(State(steps: steps)) }

    var requests: [HTTPRequest] { state.withLock(\.requests) }

    /// The operations asked for, in order.
    var operations: [String] {
        requests.compactMap { request in
            request.headers.first { $0.name == "X-Amz-Target" }?.value.split(separator: ".").last.map(
                String.init)
        }
    }

    /// The bodies as JSON values.
    func body(_ index: Int) throws -> NSDictionary {
        try #require(
            JSONSerialization.jsonObject(with: Data(requests[index].body)) as? NSDictionary)
    }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        let step = state.withLock { state in
            state.requests.append(request)
            return state.steps.count > 1 ? state.steps.removeFirst() : state.steps[0]
        }
        return try step(request)
    }
}

extension ScriptedTransport {
    static func answer(_ json: String, headers: [(name: String, value: String)] = []) -> Step {
        { _ in HTTPResponse(status: 200, headers: headers, body: Array(json.utf8)) }
    }

    static func exception(_ name: String, status: Int = 400, message: String = "no") -> Step {
        let json = #"{"__type":"com.amazonaws.dynamodb.v20120810#\#(name)","message":"\#(message)"}"#
        return { _ in HTTPResponse(status: status, body: Array(json.utf8)) }
    }

    static let lost: Step = { (_) throws(HTTPTransportError) in throw .connection(reason: "reset") }

    static let done = answer("{}")
}

/// A clock that only sleeping and working move, and what was slept.
final class ManualTime: Sendable {
    let now = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
    let sleeps = Mutex<[Duration]>([])

    func advance(_ seconds: Double) { now.withLock { $0 += seconds } }

    var surroundings: Surroundings {
        Surroundings(
            now: { self.now.withLock { $0 } },
            sleep: { duration throws(CancellationError) in
                if Task.isCancelled { throw CancellationError() }
                self.sleeps.withLock { $0.append(duration) }
                self.advance(duration / .seconds(1))
            }, chance: { 0.5 })
    }
}

extension DynamoDBStore {
    /// A store over a script, with a clock of its own.
    init(
        _ transport: any HTTPTransport, time: ManualTime = ManualTime(), options: Options = Options(),
        environment: [String: String] = ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hush"]
    ) throws {
        let region = ["AWS_REGION": "eu-central-1", "HOME": "/nonexistent"]
        try self.init(
            settings: AWSSettings(environment: environment.merging(region) { own, _ in own }),
            transport: transport, options: options, surroundings: time.surroundings)
    }
}

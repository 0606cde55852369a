import API
import Foundation
import HTTPClient
import Storage
import Synchronization
import Whiplash

@testable import WhiplashClient

/// The real API over a store in memory, as a transport: what crosses it is what would cross a network. It fails when told to.
final class APITransport: HTTPTransport {
    static let key = "the-key"

    /// What may happen to a request.
    enum Fault: Sendable {
        /// Answered with this status in the API's place, and not carried out.
        case status(Int, headers: [(name: String, value: String)] = [], body: String = "")
        /// Not carried out, and not answered.
        case lost
        /// Carried out, and not answered.
        case answerLost
        /// Carried out, and answered with a gateway's 504.
        case timedOutAtGateway
    }

    let router: Router
    let database: Database
    private let state = Mutex(State())

    struct State: Sendable {
        var requests: [HTTPRequest] = []
        var underWay = 0
        var mostUnderWay = 0
        /// How many requests have to be there at the same time before any goes on; 0 for none.
        var gathered = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// Decides on each request by its number, from 0.
        var fault: @Sendable (Int, HTTPRequest) -> Fault? = { _, _ in nil }
    }

    init(limits: Limits = .lambda, store: any Store = MemoryStore()) {
        var settings = DatabaseSettings()
        settings.configurationLifetime = 0
        database = Database(store: store, settings: settings, now: { 1_800_000_000_000 })
        router = Router(database: database, apiKey: Self.key, limits: limits)
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var mostUnderWay: Int { state.withLock { $0.mostUnderWay } }

    /// From now on requests fare as `fault` says; they are counted anew.
    func fail(_ fault: @escaping @Sendable (Int, HTTPRequest) -> Fault?) {
        state.withLock {
            $0.requests = []
            $0.fault = fault
        }
    }

    /// The next requests wait until there are `count` of them; whoever sends fewer at a time waits for ever.
    func gather(_ count: Int) { state.withLock { $0.gathered = count } }

    private func waitForOthers() async {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state in
                state.waiting.append(continuation)
                if state.waiting.count < state.gathered { return [CheckedContinuation<Void, Never>]() }
                defer { (state.waiting, state.gathered) = ([], 0) }
                return state.waiting
            }
            for continuation in released { continuation.resume() }
        }
    }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        let fault = state.withLock { state in
            state.requests.append(request)
            state.underWay += 1
            state.mostUnderWay = max(state.mostUnderWay, state.underWay)
            return state.fault(state.requests.count - 1, request)
        }
        defer { state.withLock { $0.underWay -= 1 } }
        await waitForOthers()
        switch fault {
        case .status(let status, let headers, let body):
            return HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
        case .lost: throw .connection(reason: "the connection broke")
        case .answerLost:
            _ = await carryOut(request)
            throw .timedOut
        case .timedOutAtGateway:
            _ = await carryOut(request)
            return HTTPResponse(status: 504, body: Array(#"{"message": "Endpoint request timed out"}"#.utf8))
        case nil: return await carryOut(request)
        }
    }

    private func carryOut(_ request: HTTPRequest) async -> HTTPResponse {
        let target = request.url.dropFirst(Self.url.count).split(separator: "?", maxSplits: 1)
        let query = target.dropFirst().first?.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            return (name: parts[0], value: parts.count > 1 ? parts[1].removingPercentEncoding ?? "" : "")
        }
        let key = request.headers.first { $0.name == "x-api-key" }?.value
        let answer = await router.respond(
            to: Request(
                method: request.method, path: String(target[0]), query: query ?? [], body: request.body,
                credential: .presented(key)))
        return HTTPResponse(status: answer.status, headers: answer.headers, body: answer.body)
    }

    static let url = "http://whiplash.test"

    /// A database over this transport, whose waits take no time and are written down.
    func remote(
        apiKey: String = APITransport.key, waits: Waits = Waits(),
        _ change: (inout RemoteDatabase.Options) -> Void = { _ in }
    ) throws -> RemoteDatabase {
        var options = RemoteDatabase.Options()
        options.chance = { 0.5 }
        options.sleep = { wait in waits.note(wait) }
        change(&options)
        return try RemoteDatabase(url: Self.url, apiKey: apiKey, transport: self, options: options)
    }
}

/// How long a client waited, each time.
final class Waits: Sendable {
    private let noted = Mutex<[Duration]>([])

    func note(_ wait: Duration) { noted.withLock { $0.append(wait) } }

    var all: [Duration] { noted.withLock { $0 } }
}

/// A vector of its own for each number.
func vector(_ number: Int, _ dimension: Int = 3) -> [Float] {
    (0..<dimension).map { Float(number * 7 + $0 * 3 + 1) / 8 }
}

func items(_ range: Range<Int>, _ dimension: Int = 3) -> [Item] {
    range.map { Item(id: "item \($0)", vector: vector($0, dimension)) }
}

/// The error that `body` throws.
func error(_ body: () async throws -> Void) async -> WhiplashError? {
    do { try await body() } catch { return error as? WhiplashError }
    return nil
}

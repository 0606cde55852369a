import API
import Foundation
import Storage
import Whiplash

/// The API over a store in memory, without a socket.
struct Service {
    static let key = "the-key"
    /// What the service takes for the present, in milliseconds since 1970.
    static let now: Int64 = 1_800_000_000_000

    let router: Router

    init(
        store: any Store = MemoryStore(), apiKey: String? = Service.key, keys: [AccessKey] = [],
        limits: Limits = .local, countsRequests: Bool = true,
        report: @escaping @Sendable (Router.Failure) -> Void = { _ in }
    ) {
        // No other process is there whose time with a removed collection would have to pass.
        var settings = DatabaseSettings()
        settings.configurationLifetime = 0
        let database = Database(store: store, settings: settings, now: { Service.now })
        router = Router(
            database: database, apiKey: apiKey, keys: keys, limits: limits,
            countsRequests: countsRequests, report: report)
    }

    func send(
        _ method: String, _ path: String, _ body: String = "", query: [(name: String, value: String)] = [],
        credential: Request.Credential = .presented(Service.key)
    ) async -> Answer {
        await send(method, path, bytes: Array(body.utf8), query: query, credential: credential)
    }

    func send(
        _ method: String, _ path: String, bytes: [UInt8], query: [(name: String, value: String)] = [],
        credential: Request.Credential = .presented(Service.key)
    ) async -> Answer {
        let request = Request(method: method, path: path, query: query, body: bytes, credential: credential)
        return Answer(await router.respond(to: request))
    }

    /// The path of a collection that `withCollection` made.
    static let collection = "/projects/p/collections/c"

    /// A service with a collection `c` in project `p`.
    static func withCollection(
        _ more: String = "\"n_features\":3", limits: Limits = .local, store: any Store = MemoryStore()
    ) async throws -> Service {
        let service = Service(store: store, limits: limits)
        let made = await service.send("POST", "/projects/p/collections", "{\"name\":\"c\",\(more)}")
        if made.status != 200 { throw made }
        return service
    }
}

/// What came back.
struct Answer: Error {
    let status: Int
    let headers: [(name: String, value: String)]
    /// The body without the versions of items, which are others each time.
    let text: String
    private let body: Data

    init(_ response: Response) {
        status = response.status
        headers = response.headers
        body = Data(response.body)
        text = String(decoding: response.body, as: UTF8.self).replacing(/,?"version":"[0-9a-z]+"/, with: "")
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The body's object, read by a reader that is not ours.
    var json: [String: Any]? {
        try? JSONSerialization.jsonObject(with: body) as? [String: Any]
    }

    var message: String { json?["message"] as? String ?? "" }
    var error: [String: Any] { json?["error"] as? [String: Any] ?? [:] }
    var code: String? { error["code"] as? String }
    var field: String? { error["field"] as? String }
}

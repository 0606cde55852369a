import Whiplash

/// The API: takes any request and answers it. Start here.
///
/// It knows nothing of sockets and events; the local server and the Lambda function both hand it requests.
public struct Router: Sendable {
    private let database: Database
    private let credentials: Credentials
    private let limits: Limits
    private let metrics: RequestMetrics?
    private let keyTotals = KeyTotals()
    private let report: @Sendable (Failure) -> Void
    private let observe: @Sendable (Exchange) -> Void

    /// - Parameters:
    ///   - apiKey: The owner's key. With none and no others, only requests that a gateway has checked are answered.
    ///   - keys: Further ones, with what each may do.
    ///   - countsRequests: Whether `GET /metrics` is there, which tells of this process alone.
    ///   - report: Told of every answer of status 500 and above, for the operator's log.
    ///   - observe: Told of every answer.
    public init(
        database: Database, apiKey: String?, keys: [AccessKey] = [], limits: Limits,
        countsRequests: Bool = false,
        report: @escaping @Sendable (Failure) -> Void = { _ in },
        observe: @escaping @Sendable (Exchange) -> Void = { _ in }
    ) {
        self.database = database
        credentials = Credentials(apiKey: apiKey, others: keys)
        self.limits = limits
        metrics = countsRequests ? RequestMetrics() : nil
        self.report = report
        self.observe = observe
    }

    /// An answer that is not the client's fault.
    public struct Failure: Sendable {
        public var operationId: String?
        public var status: Int
        public var code: String
        /// The message of the answer, and what only the operator is to know. Neither holds what was stored or a key.
        public var reason: String
    }

    /// Where requests are worked on; who begins there changes threads once less. Nil for anywhere.
    public var executor: (any TaskExecutor)? { database.readingExecutor }

    /// Answers a request, whatever happens. Work stops soon when the task is cancelled, with a 503.
    public func respond(to request: Request) async -> Response {
        if request.method == "OPTIONS" { return .preflight }
        let start = ContinuousClock.now
        // Bodies are read and answers written where the store reads as well: to change threads takes longer than many a request.
        let (response, operationId) = await withTaskExecutorPreference(executor) {
            var operationId: String?
            return (await respond(to: request, &operationId), operationId)
        }
        let exchange = Exchange(
            operationId: operationId, status: response.status, duration: .now - start,
            bytesIn: request.body.count, bytesOut: response.body.count)
        metrics?.record(exchange)
        observe(exchange)
        return response
    }

    private func respond(to request: Request, _ operationId: inout String?) async -> Response {
        do {
            let found = try find(request, &operationId)
            let meter = keyTotals.meter(found.access.keyName)
            let call = Call(
                database: database.measured(by: meter), access: found.access, parameters: found.parameters,
                query: request.query, body: request.body, keyMeter: meter, metrics: metrics,
                keyTotals: keyTotals)
            let response = try await found.route.operation.answer(call)
            try check(response)
            return response
        } catch {
            return answer(Problem(error), operationId)
        }
    }

    /// The route of a request, whose key and size are good, and what the key may do.
    private func find(
        _ request: Request, _ operationId: inout String?
    ) throws(Problem) -> (route: Route, parameters: [String: String], access: Access) {
        let path = Result { () throws(Problem) in try Path(request.path) }
        let match = (try? path.get()).flatMap { Self.match($0, method: request.method) }
        operationId = match?.route.operationId
        let isOpen = match?.route.operation == GetHealth.self
        let access = isOpen ? .everything : try credentials.access(request.credential)
        let known = try path.get()
        guard let match else { throw Self.noRoute(request, known) }
        try access.check(match.route.scope, project: match.parameters["projectId"])
        try check(body: request.body)
        return (match.route, match.parameters, access)
    }

    private static func match(
        _ path: Path, method: String
    ) -> (route: Route, parameters: [String: String])? {
        for route in routes where route.method == method {
            if let parameters = route.parameters(of: path) { return (route, parameters) }
        }
        return nil
    }

    private static func noRoute(_ request: Request, _ path: Path) -> Problem {
        let others = routes.filter { $0.parameters(of: path) != nil }
        if others.isEmpty { return Problem(.notFound, "There is nothing at this path.") }
        let allowed = (others.map(\.method) + ["OPTIONS"]).joined(separator: ", ")
        var problem = Problem(.methodNotAllowed, "This path takes \(allowed), not this method.")
        problem.headers = [("Allow", allowed)]
        return problem
    }

    private func check(body: [UInt8]) throws(Problem) {
        if body.count > limits.bodyBytes { throw bodyTooLarge }
    }

    private var bodyTooLarge: Problem {
        Problem(
            .bodyTooLarge,
            "The body has more than the \(limits.bodyBytes) bytes that are taken; send less at once.")
    }

    /// The most bytes of a body. Who receives requests need read no further, and answers `bodyRefusal`.
    public var bodyLimitBytes: Int { limits.bodyBytes }

    /// The answer to a body beyond the limit.
    public var bodyRefusal: Response { bodyTooLarge.response }

    private func check(_ response: Response) throws(Problem) {
        let size = limits.size(of: response.body)
        if size > limits.answerBytes {
            throw Problem(
                .answerTooLarge,
                "The answer would take \(size) bytes, at most \(limits.answerBytes) can be sent; ask for fewer items, or set include_vector to false."
            )
        }
    }

    private func answer(_ problem: Problem, _ operationId: String?) -> Response {
        if problem.code.status >= 500 {
            let reason = [problem.message, problem.detail].compactMap(\.self).joined(separator: " ")
            report(
                Failure(
                    operationId: operationId, status: problem.code.status, code: problem.code.rawValue,
                    reason: reason))
        }
        return problem.response
    }
}

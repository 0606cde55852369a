/// What one route does. A type of its own for each, in a file of its name.
protocol Operation: Sendable {
    /// Answers a call, or throws what `Problem` can tell a client.
    static func answer(_ call: Call) async throws -> Response
}

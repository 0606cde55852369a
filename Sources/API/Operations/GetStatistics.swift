/// `GET …/stats`: counts and sizes of a collection. Not there yet.
enum GetStatistics: Operation {
    static func answer(_ call: Call) async throws -> Response { throw Problem.notSupported("Statistics") }
}

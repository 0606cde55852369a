/// `POST …/verify`: finds and mends vectors without their bucket row. Not there yet.
enum VerifyCollection: Operation {
    static func answer(_ call: Call) async throws -> Response { throw Problem.notSupported("Verifying") }
}

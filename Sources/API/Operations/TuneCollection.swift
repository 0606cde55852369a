/// `POST …/tune`: learns planes from a sample. Not there yet.
enum TuneCollection: Operation {
    static func answer(_ call: Call) async throws -> Response { throw Problem.notSupported("Tuning") }
}

import JSON

/// `POST …/tune`: learns planes from a sample and moves the collection under them, as far as the time of one request goes.
///
/// Who calls it goes on calling until `done` is true.
enum TuneCollection: Operation {
    private static let fields = Fields()
    /// Below what a gateway waits for, with some seconds for what is not divided.
    static let milliseconds: Int64 = 18_000

    static func answer(_ call: Call) async throws -> Response {
        try call.readOptionalBody { reader throws(JSONError) in try fields.read(&reader) { _, _ in } }
        let report = try await call.collection.tune(within: milliseconds)
        return .success { writer in
            writer.member("done", report.isDone)
            writer.member("state", report.state)
            writer.member("generation", report.generation)
            writer.member("filled", report.filledCount)
        }
    }
}

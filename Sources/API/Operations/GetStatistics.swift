import Whiplash

/// `GET …/stats`: what is known of a collection without reading it whole.
enum GetStatistics: Operation {
    static func answer(_ call: Call) async throws -> Response {
        Response(try await call.collection.statistics())
    }
}

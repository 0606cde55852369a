import Whiplash

/// `GET …/stats`: what is known of a collection without reading it whole.
enum GetStatistics: Operation {
    static func answer(_ call: Call) async throws -> Response {
        var statistics = try await call.collection.statistics()
        statistics.keyTotals = call.database.totals(of: call.keyMeter)
        return Response(statistics)
    }
}

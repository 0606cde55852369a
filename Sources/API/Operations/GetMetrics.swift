/// `GET /metrics`: what this process has answered and holds, in Prometheus' text format. For keys of all projects.
enum GetMetrics: Operation {
    static func answer(_ call: Call) async throws -> Response {
        guard let metrics = call.metrics else {
            throw Problem(.notFound, "Only a server that stays up counts its requests for this path.")
        }
        guard call.access.projects == nil else {
            throw Problem(.forbidden, "The API key is limited to projects, and metrics are of all.")
        }
        var text = PrometheusText()
        text.add(metrics.totals)
        text.begin("whiplash_sketch_memory_bytes", .gauge, "Memory that holds sketches for searches.")
        text.sample("whiplash_sketch_memory_bytes", [:], Double(call.database.sketchMemoryBytes))
        text.begin("whiplash_start_time_seconds", .gauge, "When this process began to count, since 1970.")
        text.sample("whiplash_start_time_seconds", [:], Double(call.database.countsSince) / 1000)
        text.add(
            keys: call.keyTotals.all.map { ($0.name, call.database.totals(of: $0.meter)) },
            collections: call.database.collectionTotals)
        return Response(text: text.text, type: PrometheusText.contentType)
    }
}

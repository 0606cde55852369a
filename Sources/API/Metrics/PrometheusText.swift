/// Metrics in the text format that Prometheus reads, version 0.0.4.
struct PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    enum Kind: String { case counter, gauge, histogram }

    /// The lines that go before a metric's samples.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String> = [:], _ value: Double) {
        let list = labels.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",")
        let whole = Int(exactly: value)
        text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(whole.map(String.init) ?? "\(value)")\n"
    }

    private func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

extension PrometheusText {
    /// What has been answered.
    mutating func add(_ totals: RequestMetrics.Totals) {
        begin("whiplash_requests_total", .counter, "Requests answered.")
        let answers = totals.answers.sorted {
            ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status)
        }
        for (key, count) in answers {
            sample(
                "whiplash_requests_total", ["operation": key.operation, "status": "\(key.status)"],
                Double(count))
        }
        add("whiplash_request_bytes_total", "Bytes of bodies received.", totals.bytesIn)
        add("whiplash_response_bytes_total", "Bytes of bodies sent.", totals.bytesOut)
        begin("whiplash_request_duration_seconds", .histogram, "Time from a request to its answer.")
        for (operation, durations) in totals.durations.sorted(by: { $0.key < $1.key }) {
            add(durations, of: operation)
        }
    }

    private mutating func add(_ name: String, _ help: String, _ counts: [String: Int]) {
        begin(name, .counter, help)
        for (operation, count) in counts.sorted(by: { $0.key < $1.key }) {
            sample(name, ["operation": operation], Double(count))
        }
    }

    private mutating func add(_ durations: RequestMetrics.Durations, of operation: String) {
        let name = "whiplash_request_duration_seconds"
        var count = 0
        for (bound, number) in zip(RequestMetrics.bounds.map { "\($0)" } + ["+Inf"], durations.counts) {
            count += number
            sample(name + "_bucket", ["operation": operation, "le": bound], Double(count))
        }
        sample(name + "_sum", ["operation": operation], durations.seconds)
        sample(name + "_count", ["operation": operation], Double(count))
    }
}

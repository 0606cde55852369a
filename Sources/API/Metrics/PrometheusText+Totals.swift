import Storage
import Whiplash

extension PrometheusText {
    /// What has been read and written for each key, and of the tables of each collection.
    mutating func add(
        keys: [(name: String, totals: StoreTotals)],
        collections: [(project: String, name: String, totals: StoreTotals)]
    ) {
        for measure in Measure.all {
            add(measure, "whiplash_key_", "for each key", keys.map { (["key": $0.name], $0.totals) })
        }
        for measure in Measure.all {
            add(
                measure, "whiplash_collection_", "of each collection's tables",
                collections.map { (["project": $0.project, "collection": $0.name], $0.totals) })
        }
    }

    private mutating func add(
        _ measure: Measure, _ prefix: String, _ whose: String,
        _ totals: [(labels: KeyValuePairs<String, String>, totals: StoreTotals)]
    ) {
        let samples = totals.compactMap { labels, totals in measure.value(totals).map { (labels, $0) } }
        if samples.isEmpty { return }
        begin(prefix + measure.name, .counter, "\(measure.what) \(whose).")
        for (labels, value) in samples { sample(prefix + measure.name, labels, value) }
    }
}

/// One of the figures of totals.
private struct Measure: Sendable {
    let name: String
    let what: String
    /// Nil where there is no such figure.
    let value: @Sendable (StoreTotals) -> Double?

    static let all = [
        Measure(name: "rows_read_total", what: "Rows read") { Double($0.usage.rowsRead) },
        Measure(name: "bytes_read_total", what: "Bytes of rows read") { Double($0.usage.bytesRead) },
        Measure(name: "rows_written_total", what: "Rows stored and removed") {
            Double($0.usage.rowsWritten)
        },
        Measure(name: "bytes_written_total", what: "Bytes of rows stored") {
            Double($0.usage.bytesWritten)
        },
        Measure(name: "read_units_total", what: "Read units that the store bills") { $0.usage.units?.read },
        Measure(name: "write_units_total", what: "Write units that the store bills") {
            $0.usage.units?.write
        },
        Measure(name: "dollars_total", what: "What these units cost") { $0.cost?.dollars },
    ]
}

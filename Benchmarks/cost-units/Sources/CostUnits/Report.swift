import Foundation

/// What was measured, in the form of `cost_measured.json`.
struct Report {
    static let batchItems = 500

    let dimension: Int
    let columns: Int
    private var values: [String: Any] = [:]
    private var vectorsRead: [String: Double] = [:]
    private var searchMilliseconds: [String: Double] = [:]

    init(dimension: Int, columns: Int) {
        self.dimension = dimension
        self.columns = columns
    }

    mutating func add(loaded units: Units, count: Int) {
        values["vector_row_bytes"] = byDimension(mean(units.storedBytes["v"]))
        values["bucket_row_bytes"] = byDimension(mean(units.storedBytes["k"]))
        values["load_write_units"] = byDimension(units.written / Double(count))
    }

    mutating func add(inserted units: Units) {
        values["insert_write_units"] = byDimension(units.written)
    }

    mutating func add(searched units: Units, count: Int, searches: Int, cpuMilliseconds: Double) {
        values["log_read_units"] = units.logsRead / Double(searches)
        vectorsRead[String(count)] = rounded(Double(units.vectorCount) / Double(searches))
        searchMilliseconds[String(count)] = rounded(cpuMilliseconds / Double(searches))
        values["vectors_read"] = [String(dimension): vectorsRead]
        values["search_cpu_ms"] = [String(dimension): searchMilliseconds]
    }

    func json() throws -> String {
        let entries = values.mapValues { ["value": $0, "kind": "measured", "how": how] }
        let data = try JSONSerialization.data(
            withJSONObject: entries, options: [.prettyPrinted, .sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }

    private var how: String {
        let widened = "; \(dimension) dimensions are \(columns) widened with zeros"
        return "Benchmarks/cost-units" + (columns == dimension ? "" : widened)
    }

    private func byDimension(_ value: Double) -> [String: Double] { [String(dimension): rounded(value)] }

    private func mean(_ sizes: [Int]?) -> Double {
        guard let sizes, !sizes.isEmpty else { return 0 }
        return Double(sizes.reduce(0, +)) / Double(sizes.count)
    }

    private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

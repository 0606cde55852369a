import Storage

/// What one pass over items finds of a query's words: which items have them, and the statistics of all texts, exactly.
struct TextScan: Sendable {
    private(set) var found: [(key: RowKey, counts: QueryCounts)] = []
    /// Items gone through, with a text or without.
    private(set) var scannedCount = 0
    private var textCount = 0
    private var totalLength = 0
    private var frequencies: [Int]
    private let terms: [Term: Int]

    init(_ query: TextQuery) {
        terms = query.positions
        frequencies = query.terms.map { _ in 0 }
    }

    /// - Parameter accepts: Whether the item may be found; one that may not counts in the statistics all the same.
    mutating func add(_ row: Row, accepts: (Row) -> Bool) {
        scannedCount += 1
        guard let text = row.text("t") else { return }
        let counts = QueryCounts(text, of: terms)
        if counts.length == 0 { return }
        textCount += 1
        totalLength += counts.length
        if counts.isEmpty { return }
        for (term, count) in counts.counts.enumerated() where count > 0 { frequencies[term] += 1 }
        if accepts(row) { found.append((row.key, counts)) }
    }

    mutating func merge(_ other: TextScan) {
        found += other.found
        scannedCount += other.scannedCount
        textCount += other.textCount
        totalLength += other.totalLength
        for (term, frequency) in other.frequencies.enumerated() { frequencies[term] += frequency }
    }

    var statistics: TextStatistics {
        TextStatistics(
            textCount: Double(textCount), averageLength: Double(totalLength) / Double(max(1, textCount)),
            frequencies: frequencies.map(Double.init))
    }
}

import Foundation
import Storage
import Whiplash

extension SearchExplanation {
    /// For a person.
    var table: Table {
        var table = Table(["WHAT", ""])
        for (what, value) in (vector?.lines ?? []) + (words?.lines ?? []) + lines {
            table.add([what, value])
        }
        return table
    }

    private var lines: [(String, String)] {
        var lines = [("read", "\(usage.text), in \(roundTripCount) round trips")]
        if let cost { lines.append(("cost", cost.text)) }
        lines.append(("time", "\(time.text), of which \(usage.time.text) in the store"))
        return lines
    }
}

extension SearchExplanation.VectorPart {
    fileprivate var lines: [(String, String)] {
        var lines = [("vector", pathText)]
        if let cache { lines.append(("  in memory before", cache.rawValue)) }
        lines.append(
            ("  sketches", "\(sketchCount), of which \(candidateCount) candidates, \(staleCount) stale"))
        lines.append(
            ("  re-ranked", "\(rerankedCount) in \(roundCount) rounds, \(refusedCount) refused by the filter")
        )
        let stages = [
            ("following", times.following), ("sketches", times.sketches), ("vectors", times.vectors),
        ]
        return lines + [("  time", stages.map { "\($0) \($1.text)" }.joined(separator: ", "))]
    }

    private var pathText: String {
        switch path {
        case .memory: "sketches in memory"
        case .whole: "all sketches in the store"
        case .ranges:
            "\(rangeCount ?? 0) ranges of \(bitCount ?? 0) bits in the store, "
                + (layer.map { "layer \($0)" } ?? "of learned planes")
        case .group: "sketches of the group"
        case .exhaustive: "every vector"
        }
    }
}

extension SearchExplanation.WordsPart {
    fileprivate var lines: [(String, String)] {
        let time = "candidates \(times.candidates.text), texts \(times.texts.text)"
        return [
            ("words", "\(termCount) in \(pathText)"),
            ("  candidates", "\(candidateCount), \(staleCount) postings stale"),
            ("  re-ranked", "\(rerankedCount) in \(roundCount) rounds, \(refusedCount) refused"),
            ("  time", time),
        ]
    }

    private var pathText: String {
        switch path {
        case .index: "\(postingCount) postings of the inverted index"
        case .group: "\(scannedCount) items of the group"
        case .exhaustive: "all \(scannedCount) items"
        }
    }
}

extension StoreTotals {
    /// For a person.
    var text: String { usage.text + (cost.map { ": " + $0.text } ?? "") }
}

extension StoreUsage {
    fileprivate var text: String {
        var parts = ["\(rowsRead) rows of \(byteText(bytesRead))"]
        if rowsWritten > 0 { parts.append("written \(rowsWritten) of \(byteText(bytesWritten))") }
        if let units {
            parts.append("\(units.read) read and \(units.write) write units in \(units.requests) requests")
        }
        return parts.joined(separator: ", ")
    }
}

extension StoreCost {
    /// Dollars of single requests have many zeros.
    fileprivate var text: String {
        let value =
            dollars < 0.01
            ? String(format: "%.3g millionths of a dollar", dollars * 1e6) : String(format: "$%.2f", dollars)
        return "\(value) at prices of \(priceDate)"
    }
}

extension Duration {
    fileprivate var text: String { String(format: "%.3f ms", self / .milliseconds(1)) }
}

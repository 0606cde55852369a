import API
import ArgumentParser
import Foundation
import JSON
import Whiplash

/// `whiplash stats`
struct StatsCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what is known of a collection: counts, sizes, tuning, memory.",
        discussion: """
            Reads little, whatever the collection's size, and says how each number was come by; 'whiplash count' counts every item. What is \
            held in memory is that of the process that answers: through an API that of the server, else that of this command, which holds nothing.

            EXAMPLES
              whiplash stats library/books
              whiplash stats library/books --json
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON, as the API does.") var json = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func perform() async throws {
        let statistics = try await target.collection(collection).statistics()
        if json { return sayJSON { $0.write(statistics) } }
        var table = Table(["WHAT", ""])
        for (what, value) in statistics.lines { table.add([what, value]) }
        table.show()
    }
}

extension CollectionStatistics {
    /// For a person.
    fileprivate var lines: [(String, String)] {
        var lines: [(String, String)] = []
        if let items { lines.append(("items", items.text)) }
        if let groups { lines.append(("groups", groups.text)) }
        if let vectorBytes { lines.append(("vectors", byteText(vectorBytes))) }
        if let sketchBytes { lines.append(("sketches", byteText(sketchBytes))) }
        lines.append(("planes", "generation \(generation), \(tuningText)"))
        if let buckets { lines += buckets.lines }
        lines.append(("in memory", cacheText))
        if let last = lastTuning {
            lines.append(
                ("last tuning", "\(last.state), \(last.filledCount) items, \(timeText(last.finishedAt))"))
        }
        if let count = maintenance.tunedCount { lines.append(("begun by itself", "at about \(count) items")) }
        if let time = maintenance.verifiedAt {
            lines.append(
                ("last verified", timeText(time) + (maintenance.isVerifying ? ", not to the end" : "")))
        }
        lines.append(("read and written", "since \(timeText(totals.since)), by the process that answers"))
        lines.append(("  of the collection", totals.text))
        if let keyTotals { lines.append(("  for this key", keyTotals.text)) }
        return lines
    }

    private var tuningText: String {
        let filled = tuning.filledCount > 0 ? ", \(tuning.filledCount) items filled in" : ""
        return tuning.state + filled + (tuning.startedAt.map { ", since \(timeText($0))" } ?? "")
    }

    private var cacheText: String {
        let budget = "of a budget of \(byteText(cache.budgetBytes))"
        return switch cache.state {
        case .cold: "no; \(budget)"
        case .filling: "being read; \(budget)"
        case .tooLarge: "no, too large for the \(budget)"
        case .warm: "\(byteText(cache.byteCount)) \(budget)"
        }
    }
}

extension CollectionStatistics.Count {
    fileprivate var text: String {
        switch source {
        case .memory: "\(value) (sketches in memory)"
        case .counted: "\(value)"
        case .sketches: "\(value) (sketches)"
        case .described: "\(value) (as DynamoDB counted them some hours ago)"
        case .estimate: "about \(value) (as the last search estimated)"
        case .atLeast: "at least \(value)"
        }
    }
}

extension CollectionStatistics.Buckets {
    fileprivate var lines: [(String, String)] {
        let summary = "\(1 << bitCount) of \(bitCount) bits, \(emptyCount) empty, the fullest of \(largest)"
        return [("buckets", summary)]
            + sizes.map { ("  of \($0.rowCount) to \(2 * $0.rowCount - 1)", "\($0.bucketCount)") }
    }
}

private func timeText(_ milliseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
}

func byteText(_ bytes: Int) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 1000, unit + 1 < units.count { (value, unit) = (value / 1000, unit + 1) }
    return unit == 0 ? "\(bytes) bytes" : "\((value * 10).rounded() / 10) \(units[unit])"
}

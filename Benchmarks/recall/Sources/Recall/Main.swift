import Foundation
import VectorIndex

/// Measures recall against the share of rows that is read, under random planes and under cells learned from a sample:
///
///     swift run -c release --package-path Benchmarks/recall Recall base.npy queries.npy 384 [QUERIES] > recall.json
///
/// The .npy files hold float16 rows; the number is their columns. JSON goes to the output, a table to the errors.
@main
struct Recall {
    static let shares = [0.07, 0.14, 0.27]
    static let neighbours = 10

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4, let columns = Int(arguments[3]) else {
            fatalError("Recall base.npy queries.npy COLUMNS [QUERIES]")
        }
        let base = try halfPrecisionRows(of: arguments[1], columns: columns)
        let all = try halfPrecisionRows(of: arguments[2], columns: columns)
        let queries = Array(all.prefix(arguments.count > 4 ? Int(arguments[4]) ?? 300 : 300))
        let truth = queries.map { nearest(to: $0, in: base) }
        let measurement = Measurement(base: base, queries: queries, truth: truth)
        let lines = measurement.randomPlanes() + measurement.learnedCells()
        for line in lines { FileHandle.standardError.write(Data((line.text + "\n").utf8)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(lines), as: UTF8.self))
    }

    private static func nearest(to query: [Float], in base: [[Float]]) -> [Int] {
        let scores = query.withUnsafeBufferPointer { query in
            base.map { $0.withUnsafeBufferPointer { Metric.cosine.score($0, query) } }
        }
        var best: [Int] = []
        for row in base.indices where best.count < neighbours || scores[row] > scores[best[neighbours - 1]] {
            best.insert(row, at: best.firstIndex { scores[$0] < scores[row] } ?? best.count)
            if best.count > neighbours { best.removeLast() }
        }
        return best
    }
}

struct Line: Codable {
    let planes: String
    let wantedShare: Double
    let rangesPerSearch: Double
    let readShare: Double
    let recall: Double

    var text: String {
        String(
            format: "%@ wanted %.3f read %.4f recall %.4f in %.1f ranges", planes, wantedShare, readShare,
            recall,
            rangesPerSearch)
    }
}

struct Measurement {
    let base: [[Float]]
    let queries: [[Float]]
    let truth: [[Int]]

    func randomPlanes() -> [Line] {
        let planes = Hyperplanes(dimension: base[0].count, seed: 1)
        let keys = base.map { planes.hashKey(of: $0) }
        return Recall.shares.map { share in
            line("random planes, 9 bits", share, keys) { query in
                ProbeSequence(
                    projections: planes.projections(of: normalised(query)), depth: 9, coverage: 0.999_999,
                    maxShare: share, maxRanges: 1_000
                ).ranges
            }
        }
    }

    func learnedCells() -> [Line] {
        [16_384, 8_192, 4_096].flatMap { count in
            var generator = SeededGenerator(seed: 5)
            let sample = base.shuffled(using: &generator).prefix(count).flatMap(\.self)
            let cells = LearnedCells(sample: sample, dimension: base[0].count, metric: .cosine, seed: 7)
            let keys = base.map { cells.hashKey(of: $0) }
            return [48, 1_000].flatMap { maxRanges in
                (Recall.shares + [cells.share]).map { share in
                    let name = "\(cells.cellCount) cells from \(count), \(maxRanges) ranges at most"
                    return line(name, share, keys) { query in
                        cells.ranges(for: query, share: share, maxRanges: maxRanges)
                    }
                }
            }
        }
    }

    private func line(
        _ planes: String, _ share: Double, _ keys: [HashKey], _ ranges: ([Float]) -> [BucketRange]
    ) -> Line {
        var (found, read, runs) = (0, 0, 0)
        for (query, nearest) in zip(queries, truth) {
            let ranges = ranges(query)
            var isRead = [Bool](repeating: false, count: 1 << ranges[0].depth)
            for range in ranges { for prefix in range.prefixes { isRead[Int(prefix)] = true } }
            let shift = HashKey.bitCount - ranges[0].depth
            runs += ranges.count
            read += keys.count { isRead[Int($0.bits >> shift)] }
            found += nearest.count { isRead[Int(keys[$0].bits >> shift)] }
        }
        let searches = Double(queries.count)
        return Line(
            planes: planes, wantedShare: share, rangesPerSearch: Double(runs) / searches,
            readShare: Double(read) / searches / Double(base.count),
            recall: Double(found) / searches / Double(Recall.neighbours))
    }
}

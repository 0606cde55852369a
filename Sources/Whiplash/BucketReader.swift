import Storage
import Synchronization
import VectorIndex

/// Reads the bucket rows that a plan names, all ranges of all shards at the same time.
struct BucketReader: Sendable {
    let collection: VectorCollection
    let query: SketchQuery
    let consistency: Consistency
    /// How many of the best candidates have to be told surely.
    let places: Int
    var hints: HintFilter?

    /// At most this many requests are under way.
    static let width = 32

    /// The candidates, or nil when a shard holds more rows than a "whole" plan allows.
    func read(_ plan: SearchPlan) async throws(StoreError) -> CandidatePool? {
        let reads = requests(plan)
        let rowsLeft = RowsLeft(
            collection.settings.maxReadBytes / SearchPlan.rowBytes(collection.index.sketcher.format))
        let pools = try await concurrently(reads, width: Self.width) { read throws(StoreError) in
            try await pool(read, rowsLeft)
        }
        var merged = CandidatePool(places: places)
        for pool in pools {
            guard let pool else { return nil }
            merged.merge(pool)
        }
        merged.isWhole = merged.isWhole && plan.isWhole
        return merged
    }

    /// All rows, as far as the budget goes.
    func readWidely() async throws(StoreError) -> CandidatePool {
        var pool = try await read(.everything) ?? CandidatePool(places: places)
        pool.isWide = true
        return pool
    }

    private struct Request: Sendable {
        var query: RangeQuery
        var maxRows: Int?
    }

    private func requests(_ plan: SearchPlan) -> [Request] {
        (0..<collection.configuration.shardCount).flatMap { shard in
            let partition = collection.configuration.bucketPartition(shard: shard)
            var whole = RangeQuery(collection.bucketsTable, partition: partition, consistency: consistency)
            switch plan {
            case .whole(let rowsPerShard):
                return [Request(query: whole, maxRows: rowsPerShard)]
            case .ranges(let ranges):
                return ranges.map { range in
                    whole.lower = range.lowerText
                    // Nothing sorts behind the last bucket but the partition's end.
                    whole.upper = range.prefixes.upperBound == 1 << range.depth ? nil : range.upperText
                    return Request(query: whole)
                }
            }
        }
    }

    /// - Parameter rowsLeft: What all requests together may still read; a page more for each under way.
    private func pool(
        _ request: Request, _ rowsLeft: RowsLeft
    ) async throws(StoreError) -> CandidatePool? {
        var pool = CandidatePool(places: places)
        var next = request.query
        let now = collection.origin.seconds
        var isAllowed = true
        repeat {
            let page = try await collection.store.query(next)
            for row in page.rows where !row.isExpired(at: now) {
                guard let row = BucketRow(row, collection.index.sketcher.format) else { continue }
                if hints?.verdict(row.values) == .fails {
                    pool.refuse()
                    continue
                }
                pool.add(
                    Candidate(
                        place: .read(BucketRowName(id: row.id, indexKey: row.indexKey, stamp: row.stamp)),
                        estimate: row.sketch.withUnsafeBytes { query.estimate($0) }))
            }
            if let maxRows = request.maxRows, pool.rowCount > maxRows { return nil }
            next.after = page.next
            isAllowed = rowsLeft.take(page.rows.count)
        } while next.after != nil && isAllowed
        pool.isWhole = next.after == nil
        return pool
    }
}

/// What the requests of one search may still read together.
private final class RowsLeft: Sendable {
    private let rows: Atomic<Int>

    init(_ rows: Int) { self.rows = Atomic(rows) }

    /// Whether there is room after these.
    func take(_ count: Int) -> Bool { rows.subtract(count, ordering: .relaxed).newValue > 0 }
}

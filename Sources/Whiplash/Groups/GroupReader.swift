import Storage
import Synchronization
import VectorIndex

/// Reads all bucket rows of a group, a first page and then the rest in parts at the same time, and keeps those that matter.
struct GroupReader: Sendable {
    let collection: VectorCollection
    let group: String
    let query: SketchQuery
    let consistency: Consistency
    let places: Int?
    let hints: HintFilter?

    /// At most this many parts, each a request at least.
    static let maxParts = 64
    /// At most this many of them are under way: each may hold a page of 1 MB, and DynamoDB gives 3,000 read units a second for
    /// a partition, which is twelve such pages.
    static let width = 16

    func read() async throws(StoreError) -> GroupPool {
        let pool = SharedPool(places: places)
        let whole = RangeQuery(
            collection.bucketsTable,
            partition: collection.layout.bucketPartition(ItemName("", in: group)), consistency: consistency)
        // Where reads are always of the present nobody asks which items are new.
        let newSince = collection.readsMayLag ? collection.newSince : .max
        let first = try await page(whole, newSince, into: pool)
        guard let last = first else { return pool.take() }
        let parts = Self.parts(of: whole, after: last)
        _ = try await concurrently(parts, width: Self.width) { part throws(StoreError) in
            var next = part
            repeat { next.after = try await page(next, newSince, into: pool) } while next.after != nil
        }
        return pool.take()
    }

    /// Reads one page, and tells where it ended if there is more.
    private func page(
        _ query: RangeQuery, _ newSince: Int64, into pool: SharedPool
    ) async throws(StoreError) -> RowKey? {
        let page = try await collection.store.query(query)
        pool.merge(
            GroupPage(
                page.rows, self.query, collection.index.sketcher.format, hints: hints,
                floor: pool.floorRank, newSince: newSince, now: collection.origin.seconds))
        return page.next
    }

    /// The partition behind its first page, in parts of somewhat less than a page: keys are spread evenly, so that the first page tells
    /// how many there are.
    static func parts(of whole: RangeQuery, after last: RowKey) -> [RangeQuery] {
        let end = Double(UInt64.checksumEnd)
        let start = Double(IndexKey(text: String(last.sort.prefix(IndexKey.checksumLength)))?.number ?? 0)
        let pagesLeft = (end - start) / max(start, 1)
        let count = Int(min(Double(maxParts), (pagesLeft / Self.fill).rounded(.up)))
        let bounds = (1..<max(count, 1)).map { part in
            let number = start + (end - start) * Double(part) / Double(count)
            return fixedWidthBase36(UInt64(number), width: IndexKey.checksumLength)
        }
        return zip([nil] + bounds, bounds.map { $0 } + [nil]).map { lower, upper in
            var part = whole
            (part.lower, part.upper) = (lower, upper)
            if lower == nil { part.after = last }
            return part
        }
    }

    /// How full a part's page is meant to be: so that chance does not make it two.
    private static let fill = 0.9
}

extension VectorCollection {
    /// Items of a group written since then (milliseconds since 1970) count as new: an eventual read may give an older state of them.
    ///
    /// As long ago as a bucket row may be stale and yet not be removed, far more than a replica lags.
    var newSince: Int64 { origin.now() - BucketRow.graceMilliseconds }
}

/// The pool of a search, to which its requests add.
private final class SharedPool: Sendable {
    private let pool: Mutex<GroupPool>

    init(places: Int?) { pool = Mutex(GroupPool(places: places)) }

    var floorRank: Double { pool.withLock { $0.floorRank } }

    func merge(_ page: GroupPage) { pool.withLock { $0.merge(page) } }

    func take() -> GroupPool {
        pool.withLock { pool in
            pool.prune()
            return pool
        }
    }
}

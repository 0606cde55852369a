import Storage
import VectorIndex

/// A bucket row of a group, with where the rank of its item lies.
struct BoundedRow: Sendable {
    let name: BucketRowName
    let bounds: RankBounds
    /// Whether its item passes the filter for all that the row tells.
    let passes: Bool

    /// What its rank is likely to be; of one without bounds anything, and so the best.
    var middle: Double {
        let middle = (bounds.lower + bounds.upper) / 2
        return middle.isNaN ? .infinity : middle
    }
}

/// The rows of a group whose items may still be among the best. The others are dropped as the rows come, so that what is
/// kept does not grow with the group.
///
/// A row is dropped when its upper bound is below `places` lower bounds. That is no proof yet that its item is not among the
/// best, since some of these may be of items that are gone: `greatestDropped` lets the search prove it in the end.
struct GroupPool: Sendable {
    private(set) var rows: [BoundedRow] = []
    /// Rows whose bounds were looked at, dropped or not.
    private(set) var rowCount = 0
    /// The greatest upper bound of a row dropped; nil when none was.
    private(set) var greatestDropped: Double?
    /// Hashes of the ids of items written of late.
    private(set) var newIDs = Set<UInt64>()
    private var floor: RankFloor?
    private var pruneAt = GroupPool.slack

    private static let slack = 16_384

    /// - Parameter places: How many of the best have to be told surely, and some more for items that are gone; nil keeps
    ///   all rows, as a filter wants that may refuse any of the best. Only rows whose items pass for all that they tell take places.
    init(places: Int?) { floor = places.map(RankFloor.init) }

    /// The rank that an item has to reach.
    var floorRank: Double { floor?.rank ?? -.infinity }

    mutating func merge(_ page: GroupPage) {
        newIDs.formUnion(page.newIDs)
        rowCount += page.rowCount
        drop(page.greatestDropped)
        for row in page.rows where row.passes { floor?.offer(row.bounds.lower) }
        rows += page.rows
        if rows.count >= pruneAt { prune() }
    }

    /// Leaves nothing that could be dropped.
    mutating func prune() {
        let rank = floorRank
        drop(rows.lazy.map(\.bounds.upper).filter { $0 < rank }.max())
        rows.removeAll { $0.bounds.upper < rank }
        pruneAt = rows.count + Self.slack
    }

    private mutating func drop(_ upper: Double?) {
        if let upper { greatestDropped = max(greatestDropped ?? -.infinity, upper) }
    }
}

/// What a page of a group's bucket rows brings.
struct GroupPage: Sendable {
    private(set) var rows: [BoundedRow] = []
    private(set) var rowCount = 0
    private(set) var greatestDropped: Double?
    private(set) var newIDs = Set<UInt64>()

    /// - Parameters:
    ///   - hints: Rows whose items surely do not pass are left out: an item that does has a row that says so.
    ///   - floor: Rows that surely do not reach this rank are dropped.
    ///   - newSince: Rows written later are of new items; in milliseconds since 1970.
    ///   - now: Rows of items that have expired are passed over; in seconds since 1970.
    init(
        _ page: [Row], _ query: SketchQuery, _ format: SketchFormat, hints: HintFilter?, floor: Double,
        newSince: Int64, now: Int64
    ) {
        for row in page {
            let id = row.key.sort.utf8.dropFirst(IndexKey.checksumLength)
            guard let number = row.integer("w"), !id.isEmpty else { continue }
            let stamp = WriteStamp(number: number)
            if stamp.milliseconds >= newSince { newIDs.insert(stableHash(id)) }
            // What a replica has of its item may be from before it had a time.
            if row.isExpired(at: now) { continue }
            let verdict = hints?.verdict(FilterableValues(row)) ?? .passes
            if verdict == .fails { continue }
            rowCount += 1
            let bounds = Self.bounds(row, query, format)
            if bounds.upper < floor {
                greatestDropped = max(greatestDropped ?? -.infinity, bounds.upper)
            } else if let name = BucketRowName(row.key.sort, stamp) {
                rows.append(BoundedRow(name: name, bounds: bounds, passes: verdict == .passes))
            }
        }
    }

    /// Damaged bytes say nothing of the vector, which is therefore read.
    private static func bounds(_ row: Row, _ query: SketchQuery, _ format: SketchFormat) -> RankBounds {
        row.attributes.withBytes(of: "k") { sketch in
            sketch.count == format.byteCount ? query.bounds(of: sketch) : .unbounded
        } ?? .unbounded
    }
}

extension BucketRowName {
    /// From a sort key of a group's bucket rows.
    fileprivate init?(_ sort: String, _ stamp: WriteStamp) {
        guard let key = String(sort.utf8.prefix(IndexKey.checksumLength)).flatMap(IndexKey.init(text:)),
            let id = String(sort.utf8.dropFirst(IndexKey.checksumLength))
        else { return nil }
        self.init(id: id, indexKey: key, stamp: stamp)
    }
}

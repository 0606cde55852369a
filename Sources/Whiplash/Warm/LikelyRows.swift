import Storage
import VectorIndex

/// The rows in memory that a search of a tuned collection looks at: those of the cells where its neighbours likely are.
///
/// To choose cells costs what a scan of some ten thousands of rows does, and the likely rows take longer than others, of which the
/// highest bits mostly suffice. So this is for large collections; among 100,000 rows it saves nothing (docs/tuning.md).
struct LikelyRows {
    /// Rising, and apart from each other.
    private let runs: [Range<UInt64>]

    /// - Returns: Nil where it is as well to look at every row.
    init?(of request: SearchRequest, _ index: CollectionIndex, _ settings: DatabaseSettings, among count: Int)
    {
        guard case .learned(let cells) = index.read.planes, count > 0 else { return nil }
        // More neighbours lie farther off.
        let share = max(cells.share, Double(Self.rowsPerMatch * request.limit) / Double(count))
        let saved = (1 - share) * Double(count)
        guard saved > Double(Self.savedBuckets * settings.maxItemsPerBucket) else { return nil }
        self.init(cells.ranges(for: request.query, share: share, maxRanges: cells.cellCount))
    }

    /// - Parameter ranges: Rising, and apart from each other.
    init(_ ranges: [BucketRange]) { runs = ranges.map { IndexKey.numbers(in: $0) } }

    private static let rowsPerMatch = 400
    /// It pays where so many rows of the most that a bucket is to hold need not be looked at: 100,000 with the settings' defaults.
    private static let savedBuckets = 10

    /// The likely rows of a leaf, as `SketchScan.scan` takes them: nil for all of them, and an empty array for none.
    ///
    /// - Parameter upperKey: No row's key is above.
    func rows(of leaf: SketchLeaf, upTo upperKey: UInt64) -> [UInt64]? {
        let first = runs.partitionPoint(where: { $0.upperBound > leaf.lowerKey })
        let end = runs.partitionPoint(where: { $0.lowerBound > upperKey })
        let near = runs[first..<end]
        guard let run = near.first else { return [] }
        if run.lowerBound <= leaf.lowerKey, run.upperBound > upperKey { return nil }
        return leaf.rows(in: near)
    }
}

extension SketchLeaf {
    /// The rows whose keys are in these runs, one bit each, the first the lowest of the first word.
    ///
    /// - Complexity: O(runs × log rows) where rows are in order, and O(runs) for each other.
    fileprivate func rows(in runs: ArraySlice<Range<UInt64>>) -> [UInt64] {
        var bits = [UInt64](repeating: 0, count: (keys.count + 63) / 64)
        for run in runs {
            bits.set(orderedCount(below: run.lowerBound)..<orderedCount(below: run.upperBound))
        }
        keys.withUnsafeBufferPointer { keys in
            for row in orderedCount..<keys.count {
                let key = keys[row]
                if runs.contains(where: { $0.contains(key) }) { bits[row / 64] |= 1 << UInt64(row % 64) }
            }
        }
        return bits
    }
}

extension [UInt64] {
    /// Sets the bits of these places, the first the lowest of the first word.
    fileprivate mutating func set(_ places: Range<Int>) {
        if places.isEmpty { return }
        let (first, last) = (places.lowerBound / 64, (places.upperBound - 1) / 64)
        let low = UInt64.max << UInt64(places.lowerBound % 64)
        let high = UInt64.max >> UInt64(63 - (places.upperBound - 1) % 64)
        if first == last {
            self[first] |= low & high
            return
        }
        self[first] |= low
        for word in first + 1..<last { self[word] = .max }
        self[last] |= high
    }

    /// What is set in both, where nil stands for all.
    static func both(_ left: [UInt64]?, _ right: [UInt64]?) -> [UInt64]? {
        guard let left, let right else { return left ?? right }
        return zip(left, right).map { $0 & $1 }
    }
}

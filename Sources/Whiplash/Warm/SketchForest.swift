import Storage
import VectorIndex

/// The bucket rows of a collection in memory, in leaves by index key: a value, of which a search takes a copy at no cost.
///
/// A leaf that is full is cut in two at its median key, so that each leaf holds a run of neighbouring keys, half full or
/// more. A change copies at most the one leaf that a search is reading at that moment.
struct SketchForest: Sendable {
    private(set) var leaves: [SketchLeaf]
    private(set) var count = 0
    /// No row's key is above.
    private var upperKey: UInt64 = 0

    /// - Parameter keyCount: Of the collection's filterable keys.
    init(_ format: SketchFormat, keyCount: Int = 0) {
        leaves = [SketchLeaf(format, lowerKey: 0, keyCount: keyCount)]
    }

    /// Memory held, in bytes.
    var byteCount: Int { leaves.reduce(0) { $0 + $1.byteCount } }

    /// Each column where it lies: a copy of the leaf counts many references.
    func name(ofRow row: Int, inLeaf leaf: Int) -> BucketRowName {
        leaves.withUnsafeBufferPointer { leaves in
            let leaf = leaves.baseAddress.unsafelyUnwrapped + leaf
            return BucketRowName(
                id: leaf.pointee.ids[row], indexKey: IndexKey(number: leaf.pointee.keys[row]),
                stamp: WriteStamp(number: leaf.pointee.stamps[row]))
        }
    }

    /// Adds a row, or takes it in the place of an older one with its key and id.
    mutating func store(_ row: BucketRow) {
        let key = row.indexKey.number
        if let (leaf, position) = find(key, row.id) {
            if leaves[leaf].stamps[position] < row.stamp.number { leaves[leaf].replace(position, by: row) }
        } else {
            row.withView { add($0) }
        }
    }

    /// Adds a row of which none with its key and id is there: to look for one is most of the work.
    ///
    /// - Parameter runCount: Of rows that come in so many runs at the same time, each by rising key. Whichever is ahead begins a new leaf
    ///   while the last has room for the others' rows, and so few leaves are ever cut.
    mutating func add(_ row: BucketRowView, runCount: Int? = nil) {
        let key = row.indexKey.number
        var leaf = lastLeaf(notAbove: key)
        if let runCount, key >= upperKey, leaves[leaf].keys.count >= Self.filled / runCount {
            leaves.append(leaves[leaf].empty(from: key))
            // As many may come as came to the one before. To grow by little until they are in takes many times as long.
            leaves[leaf + 1].setCapacity(leaves[leaf].keys.count)
            leaf += 1
        } else if leaves[leaf].isFull {
            let upper = leaves[leaf].split()
            leaves.insert(upper, at: leaf + 1)
            if key >= upper.lowerKey { leaf += 1 }
        }
        leaves[leaf].append(row, key)
        upperKey = max(upperKey, key)
        count += 1
    }

    /// Gives back what the last leaves hold beyond their rows, when no more are added in runs.
    mutating func trim() {
        for leaf in leaves.indices.suffix(2) { leaves[leaf].setCapacity(leaves[leaf].keys.count) }
    }

    /// Brings each leaf's rows into the order of their keys: what lies in a run of keys is then together.
    mutating func sortLeaves() {
        for leaf in leaves.indices { leaves[leaf].sort() }
    }

    /// So many rows a leaf that is added to in order gets: the runs are never quite even.
    private static let filled = SketchChunk.capacity * 7 / 8

    /// Removes the row with this key, id and stamp, if it is there.
    mutating func remove(_ indexKey: IndexKey, id: String, _ stamp: WriteStamp) {
        guard let (leaf, position) = find(indexKey.number, id),
            leaves[leaf].stamps[position] == stamp.number
        else { return }
        leaves[leaf].remove(position)
        count -= 1
    }

    /// Rows of one key may lie in neighbouring leaves when a leaf was cut amid them.
    private func find(_ key: UInt64, _ id: String) -> (leaf: Int, row: Int)? {
        var leaf = lastLeaf(notAbove: key)
        while true {
            if let row = leaves[leaf].position(of: key, id) { return (leaf, row) }
            guard leaf > 0, leaves[leaf].lowerKey == key else { return nil }
            leaf -= 1
        }
    }

    private func lastLeaf(notAbove key: UInt64) -> Int {
        leaves.indices.partitionPoint(where: { leaves[$0].lowerKey > key }) - 1
    }
}

/// A run of bucket rows, in columns.
struct SketchLeaf: Sendable {
    /// No row's key is below.
    let lowerKey: UInt64
    private(set) var sketches: SketchChunk
    private(set) var keys: [UInt64] = []
    /// So many of the first rows are in the order of their keys.
    private(set) var orderedCount = 0
    private(set) var stamps: [Int64] = []
    private(set) var values: ValueColumns
    fileprivate private(set) var ids = IDColumn()

    init(_ format: SketchFormat, lowerKey: UInt64, keyCount: Int) {
        self.lowerKey = lowerKey
        sketches = SketchChunk(format: format)
        values = ValueColumns(keyCount: keyCount)
    }

    var isFull: Bool { keys.count == SketchChunk.capacity }

    var byteCount: Int {
        sketches.byteCount + 8 * (keys.capacity + stamps.capacity) + ids.byteCount + values.byteCount
    }

    func id(at row: Int) -> String { ids[row] }

    func position(of key: UInt64, _ id: String) -> Int? {
        keys.withUnsafeBufferPointer { keys in
            for row in keys.indices where keys[row] == key && ids.holds(id, at: row) { return row }
            return nil
        }
    }

    /// How many of the rows in order have lesser keys.
    func orderedCount(below key: UInt64) -> Int { keys[..<orderedCount].partitionPoint(where: { $0 >= key }) }

    mutating func append(_ row: BucketRowView, _ key: UInt64) {
        sketches.append(row.sketch)
        append(key, row.stamp.number)
        ids.append(row.id)
        values.append(row.values)
    }

    /// Makes room for so many sketches, and for no more.
    mutating func setCapacity(_ rows: Int) { sketches.setCapacity(rows) }

    /// Grows by an eighth at a time: doubling would leave a third of the memory unused.
    private mutating func append(_ key: UInt64, _ stamp: Int64) {
        if keys.count == keys.capacity {
            keys.reserveCapacity(grown(keys.count))
            stamps.reserveCapacity(grown(keys.count))
        }
        if orderedCount == keys.count, keys.last ?? 0 <= key { orderedCount += 1 }
        keys.append(key)
        stamps.append(stamp)
    }

    mutating func replace(_ position: Int, by row: BucketRow) {
        row.sketch.withUnsafeBytes { sketches.replace(position, with: $0) }
        stamps[position] = row.stamp.number
        values.replace(position, by: row.values)
    }

    /// The last row takes the place of the one removed.
    mutating func remove(_ position: Int) {
        let last = keys.count - 1
        orderedCount = min(orderedCount, position)
        if position != last {
            sketches.sketch(at: last).withUnsafeBytes { sketches.replace(position, with: $0) }
            keys[position] = keys[last]
            stamps[position] = stamps[last]
        }
        sketches.removeLast()
        keys.removeLast()
        stamps.removeLast()
        ids.remove(position)
        values.remove(position)
    }

    /// Brings the rows into the order of their keys.
    mutating func sort() {
        if orderedCount == keys.count { return }
        var sorted = empty(from: lowerKey)
        for row in rowsByKey { sorted.append(self, row) }
        self = sorted
    }

    private var rowsByKey: [Int] { keys.indices.sorted { keys[$0] < keys[$1] } }

    /// Keeps the lower half by key and gives the upper one.
    mutating func split() -> SketchLeaf {
        let order = rowsByKey
        let middle = order.count / 2
        var lower = empty(from: lowerKey)
        var upper = empty(from: keys[order[middle]])
        for row in order[..<middle] { lower.append(self, row) }
        for row in order[middle...] { upper.append(self, row) }
        self = lower
        return upper
    }

    /// One of the same kind without rows.
    func empty(from lowerKey: UInt64) -> SketchLeaf {
        SketchLeaf(sketches.format, lowerKey: lowerKey, keyCount: values.keyCount)
    }

    private mutating func append(_ other: SketchLeaf, _ row: Int) {
        other.sketches.sketch(at: row).withUnsafeBytes { sketches.append($0) }
        append(other.keys[row], other.stamps[row])
        ids.append(other.ids[row].utf8[...])
        values.append(other.values, row)
    }
}

/// The ids of a leaf's rows, one behind the other in one run of bytes: most are shorter than what Swift keeps for a string.
private struct IDColumn: Sendable {
    private var bytes: [UInt8] = []
    private var starts: [UInt32] = []
    private var lengths: [UInt16] = []
    /// Bytes of ids that have been removed.
    private var garbage = 0

    var byteCount: Int { bytes.capacity + 4 * starts.capacity + 2 * lengths.capacity }

    subscript(row: Int) -> String { String(decoding: utf8(row), as: UTF8.self) }

    func holds(_ id: String, at row: Int) -> Bool { utf8(row).elementsEqual(id.utf8) }

    mutating func append(_ id: Substring.UTF8View) {
        let count = id.count
        if starts.count == starts.capacity {
            starts.reserveCapacity(grown(starts.count))
            lengths.reserveCapacity(grown(starts.count))
        }
        if bytes.count + count > bytes.capacity { bytes.reserveCapacity(grown(bytes.count + count)) }
        starts.append(UInt32(bytes.count))
        lengths.append(UInt16(count))
        bytes.append(contentsOf: id)
    }

    /// The last id takes the place of the one removed.
    mutating func remove(_ row: Int) {
        garbage += Int(lengths[row])
        starts.swapAt(row, starts.count - 1)
        lengths.swapAt(row, lengths.count - 1)
        starts.removeLast()
        lengths.removeLast()
        if garbage > bytes.count / 2 { compact() }
    }

    private mutating func compact() {
        var kept = IDColumn()
        for row in starts.indices { kept.append(self[row].utf8[...]) }
        self = kept
    }

    private func utf8(_ row: Int) -> ArraySlice<UInt8> {
        bytes[Int(starts[row])..<Int(starts[row]) + Int(lengths[row])]
    }
}

/// The room to make for a column that is full: an eighth more, and for some rows at least.
func grown(_ count: Int) -> Int { count + max(16, count / 8) }

/// The bucket rows in memory that have a time after which they are gone, the next one first: a binary heap.
///
/// A row that has been removed or stored again stays here until its time, and is then not found.
struct ExpiringRows: Sendable {
    private struct Entry {
        let time: Int64
        let indexKey: UInt64
        let stamp: Int64
        let id: String
    }

    private var heap: [Entry] = []

    /// Memory held, in bytes: of a longer id its storage as well.
    private(set) var byteCount = 0

    /// Rows without a time are not taken.
    mutating func insert(_ row: BucketRow) {
        guard let time = row.expiresAt else { return }
        heap.append(
            Entry(time: time, indexKey: row.indexKey.number, stamp: row.stamp.number, id: row.id))
        byteCount += Self.size(of: row.id)
        var index = heap.count - 1
        while index > 0, heap[index].time < heap[(index - 1) / 2].time {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Takes out a row whose time is over, in seconds since 1970; nil when there is none.
    ///
    /// - Complexity: O(log(rows)).
    mutating func next(at now: Int64) -> BucketRowName? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        byteCount -= Self.size(of: first.id)
        sinkFirst()
        return BucketRowName(
            id: first.id, indexKey: IndexKey(number: first.indexKey), stamp: WriteStamp(number: first.stamp))
    }

    private mutating func sinkFirst() {
        var index = 0
        while case let least = leastOfFamily(index), least != index {
            heap.swapAt(index, least)
            index = least
        }
    }

    private func leastOfFamily(_ index: Int) -> Int {
        (2 * index + 1...2 * index + 2).reduce(index) { least, child in
            child < heap.count && heap[child].time < heap[least].time ? child : least
        }
    }

    private static func size(of id: String) -> Int {
        MemoryLayout<Entry>.stride + (id.utf8.count > 15 ? id.utf8.count + 32 : 0)
    }
}

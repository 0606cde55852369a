import Storage
import VectorIndex

/// An item's row in the buckets table: a hint where the item is, with its sketch.
///
/// | partition | sort | attributes |
/// |---|---|---|
/// | `<incarnation>.<generation>.<shard>` | index key, item id | `k` sketch, `w` write stamp |
///
/// Rows are only ever added beside others; nothing grows. The stamp lets a row found stale be removed while
/// others write: one written anew has another stamp and stays.
struct BucketRow: Sendable {
    let id: String
    let indexKey: IndexKey
    let sketch: [UInt8]
    let stamp: WriteStamp

    /// A stale row is removed only after this many milliseconds: its writer may still be storing the vector.
    /// Longer than any write lives (Lambda's and the store's deadlines) and than clocks differ.
    static let graceMilliseconds: Int64 = 120_000

    func row(_ configuration: CollectionConfiguration) -> Row {
        Row(
            key: Self.key(id: id, indexKey: indexKey, configuration),
            attributes: ["k": .bytes(sketch), "w": .integer(stamp.number)])
    }

    static func key(id: String, indexKey: IndexKey, _ configuration: CollectionConfiguration) -> RowKey {
        RowKey(partition: configuration.bucketPartition(ofItem: id), sort: indexKey.text + id)
    }
}

/// A vector's hash key and four characters of a checksum of its sketch.
///
/// When two writers race on one id, each leaves a bucket row of its own even if their hash keys agree, and both
/// are candidates until the truth has decided. Without the checksum the later bucket row could describe the earlier vector.
struct IndexKey: Hashable, Sendable {
    static let textLength = HashKey.textLength + 4

    let text: String

    init(_ hashKey: HashKey, sketch: [UInt8]) {
        text = hashKey.text + fixedWidthBase36(stableHash(sketch), width: 4)
    }

    init?(text: String) {
        guard text.utf8.count == Self.textLength else { return nil }
        self.text = text
    }
}

extension CollectionConfiguration {
    func bucketPartition(shard: Int) -> String { "\(incarnation).\(generation).\(shard)" }

    func bucketPartition(ofItem id: String) -> String {
        bucketPartition(shard: Int(stableHash(id.utf8) % UInt64(shardCount)))
    }
}

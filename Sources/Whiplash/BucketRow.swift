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
struct BucketRow: Sendable, Equatable {
    let id: String
    let indexKey: IndexKey
    let stamp: WriteStamp
    let sketch: [UInt8]

    /// A stale row is removed only after this many milliseconds: its writer may still be storing the vector.
    /// Longer than any write lives (Lambda's and the store's deadlines) and than clocks differ.
    static let graceMilliseconds: Int64 = 120_000

    init(id: String, indexKey: IndexKey, stamp: WriteStamp, sketch: [UInt8]) {
        self.id = id
        self.indexKey = indexKey
        self.stamp = stamp
        self.sketch = sketch
    }

    /// Nil when the row is none that this version could have written.
    init?(_ row: Row, _ format: SketchFormat) {
        guard let sketch = row.bytes("k"), sketch.count == format.byteCount, let stamp = row.integer("w"),
            let key = String(row.key.sort.utf8.prefix(IndexKey.textLength)).flatMap(IndexKey.init(text:)),
            let id = String(row.key.sort.utf8.dropFirst(IndexKey.textLength)), !id.isEmpty
        else { return nil }
        self.init(id: id, indexKey: key, stamp: WriteStamp(number: stamp), sketch: sketch)
    }

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
        guard text.utf8.count == Self.textLength, text.utf8.allSatisfy(\.isDigitOfBase36) else { return nil }
        self.text = text
    }

    /// The ten characters as one number in the order of the texts: below 36¹⁰, which is below 2⁵².
    var number: UInt64 {
        text.utf8.reduce(0) { number, digit in
            number * 36
                + UInt64(
                    digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10)
        }
    }

    init(number: UInt64) { text = fixedWidthBase36(number, width: Self.textLength) }
}

extension UInt8 {
    fileprivate var isDigitOfBase36: Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= self || UInt8(ascii: "a")...UInt8(ascii: "z") ~= self
    }
}

extension CollectionConfiguration {
    func bucketPartition(shard: Int) -> String { "\(incarnation).\(generation).\(shard)" }

    func bucketPartition(ofItem id: String) -> String {
        bucketPartition(shard: Int(stableHash(id.utf8) % UInt64(shardCount)))
    }

    /// Over how many logs the changes are spread: each takes 1,000 write units a second in DynamoDB, and every search reads all.
    var logCount: Int { (shardCount + 3) / 4 }

    func logPartition(_ number: Int) -> String { "\(incarnation).log.\(number)" }
}

import Storage
import VectorIndex

/// An item's row in the buckets table: a hint where the item is, with its sketch. Its key is the layout's; attributes are
/// `k` sketch, `w` write stamp, `f` what the item has under the collection's filterable keys (`FilterableValues`), and `expires` when the
/// item's time is over (`Row.expiry`).
///
/// Rows are only ever added beside others; nothing grows. The stamp lets a row found stale be removed while
/// others write: one written anew has another stamp and stays.
struct BucketRow: Sendable, Equatable {
    let item: ItemName
    let indexKey: IndexKey
    let stamp: WriteStamp
    let sketch: [UInt8]
    /// In seconds since 1970; nil when the item stays.
    ///
    /// Part of the index key: where two writers give one vector different times, each has a row of its own, and none goes that belongs
    /// to a vector that stays.
    let expiresAt: Int64?
    /// Nil in a collection without filterable keys. Part of the index key, for the same reason.
    let values: FilterableValues?

    /// A stale row is removed only after this many milliseconds: its writer may still be storing the vector.
    /// Longer than any write lives (Lambda's and the store's deadlines) and than clocks differ.
    static let graceMilliseconds: Int64 = 120_000

    init(
        item: ItemName, indexKey: IndexKey, stamp: WriteStamp, sketch: [UInt8], expiresAt: Int64? = nil,
        values: FilterableValues? = nil
    ) {
        self.item = item
        self.indexKey = indexKey
        self.stamp = stamp
        self.sketch = sketch
        self.expiresAt = expiresAt
        self.values = values
    }

    init(item: ItemName, indexKey: IndexKey, stamp: WriteStamp, _ hint: Hint) {
        self.init(
            item: item, indexKey: indexKey, stamp: stamp, sketch: hint.sketch, expiresAt: hint.expiresAt,
            values: hint.values)
    }

    /// Of an ungrouped collection. Nil when the row is none that this version could have written.
    init?(_ row: Row, _ format: SketchFormat) {
        guard let read = BucketRowView.read(row, format, BucketRow.init) else { return nil }
        self = read
    }

    init(_ view: BucketRowView) {
        self.init(
            item: ItemName(String(decoding: view.id, as: UTF8.self), in: nil), indexKey: view.indexKey,
            stamp: view.stamp, sketch: [UInt8](view.sketch), expiresAt: view.expiresAt, values: view.values)
    }

    /// Calls `body` with what the row tells, where it lies.
    func withView<Output>(_ body: (BucketRowView) -> Output) -> Output {
        sketch.withUnsafeBytes { sketch in
            body(
                BucketRowView(
                    id: id.utf8[...], indexKey: indexKey, stamp: stamp, sketch: sketch, expiresAt: expiresAt,
                    values: values))
        }
    }

    var id: String { item.id }

    func row(_ layout: any RowLayout) -> Row {
        var row = Row(
            key: layout.bucketKey(item, indexKey),
            attributes: ["k": .bytes(sketch), "w": .integer(stamp.number)])
        if let expiresAt { row.attributes[Row.expiry] = .integer(expiresAt) }
        if let values { row.attributes[FilterableValues.attribute] = .bytes(values.bytes) }
        return row
    }
}

/// A bucket row of an ungrouped collection where it was read, for as long as a call lasts: of rows by the thousand nothing is copied but what
/// is kept.
struct BucketRowView {
    let id: Substring.UTF8View
    let indexKey: IndexKey
    let stamp: WriteStamp
    let sketch: UnsafeRawBufferPointer
    let expiresAt: Int64?
    let values: FilterableValues?

    /// Calls `body` with what a row tells; nil, and no call, when the row is none that this version could have written.
    static func read<Output>(
        _ row: Row, _ format: SketchFormat, _ body: (BucketRowView) -> Output
    ) -> Output? {
        let sort = row.key.sort.utf8
        let id = sort.dropFirst(IndexKey.textLength)
        guard let stamp = row.integer("w"), let key = IndexKey(digits: sort.prefix(IndexKey.textLength)),
            !id.isEmpty
        else { return nil }
        // Most rows have the two attributes that all have.
        let hasMore = row.attributes.count > 2
        let read = row.attributes.withBytes(of: "k") { sketch -> Output? in
            guard sketch.count == format.byteCount else { return nil }
            return body(
                BucketRowView(
                    id: id, indexKey: key, stamp: WriteStamp(number: stamp), sketch: sketch,
                    expiresAt: hasMore ? row.expiresAt : nil, values: hasMore ? FilterableValues(row) : nil))
        }
        return read ?? nil
    }
}

extension FilterableValues {
    fileprivate static let attribute = "f"

    /// Of a bucket row; nil when it has none.
    init?(_ row: Row) {
        guard let bytes = row.bytes(Self.attribute) else { return nil }
        self.init(bytes: bytes)
    }
}

/// A vector's hash key and four characters of a checksum of its sketch; in a group, twelve characters of such a checksum. The time after which
/// the item is gone, and what it has under filterable keys, are part of what is summed where there are such.
///
/// When two writers race on one id, each leaves a bucket row of its own even if their hash keys agree, and both
/// are candidates until the truth has decided. Without the checksum the later bucket row could describe the earlier vector.
struct IndexKey: Hashable, Sendable {
    static let textLength = HashKey.textLength + 4
    /// In a group, where nothing may be missed: 36¹² is about 2⁶².
    static let checksumLength = 12
    /// 36⁴: how many checksums stand behind a hash key.
    private static let checksumCount: UInt64 = 1_679_616

    /// The characters as one number in the order of the texts: below 36¹⁰, which is below 2⁵², and in a group below 36¹².
    let number: UInt64
    private let length: UInt8

    init(_ hashKey: HashKey, _ hint: Hint) { self.init(hashKey, checksum: stableHash(hint.summed)) }

    init(checksumOf hint: Hint) { self.init(spreadHash(hint.summed) % .checksumEnd, Self.checksumLength) }

    init(number: UInt64) { self.init(number, Self.textLength) }

    private init(_ hashKey: HashKey, checksum: UInt64) {
        self.init(number: UInt64(hashKey.bits) * Self.checksumCount + checksum % Self.checksumCount)
    }

    private init(_ number: UInt64, _ length: Int) {
        self.number = number
        self.length = UInt8(length)
    }

    /// The numbers of all keys in a range of buckets.
    static func numbers(in range: BucketRange) -> Range<UInt64> {
        let cellNumbers = checksumCount << UInt64(HashKey.bitCount - range.depth)
        return UInt64(range.prefixes.lowerBound) * cellNumbers..<UInt64(range.prefixes.upperBound)
            * cellNumbers
    }

    /// The hash key in the number of an ungrouped key.
    static func hashBits(of number: UInt64) -> UInt64 { number / checksumCount }

    /// The key of the same sketch under other planes.
    func under(_ hashKey: HashKey) -> IndexKey { IndexKey(hashKey, checksum: number) }

    /// Whether both are of the same sketch: of one vector, whatever planes it was hashed under.
    func isOfSameSketch(as other: IndexKey) -> Bool {
        number % Self.checksumCount == other.number % Self.checksumCount
    }

    init?(text: String) { self.init(digits: text.utf8[...]) }

    init?(digits: Substring.UTF8View) {
        let length = digits.count
        guard length == Self.textLength || length == Self.checksumLength else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard let value = digit.valueInBase36 else { return nil }
            number = number * 36 + value
        }
        self.init(number, length)
    }

    /// `textLength` characters, or in a group `checksumLength`.
    var text: String { fixedWidthBase36(number, width: Int(length)) }
}

extension UInt64 {
    /// Behind every number of `IndexKey.checksumLength` characters: 36¹².
    static let checksumEnd: UInt64 = 4_738_381_338_321_616_896
}

/// What a bucket row tells of an item, whatever the planes are. Rows that tell different things have different keys.
struct Hint: Sendable, Equatable {
    let sketch: [UInt8]
    let expiresAt: Int64?
    let values: FilterableValues?

    fileprivate var summed: [UInt8] {
        let time = expiresAt.map { time in (0..<8).map { UInt8(truncatingIfNeeded: time >> (8 * $0)) } } ?? []
        guard let values else { return sketch + time }
        // Whether there is a time is told as well, lest values be taken for one.
        return sketch + time + values.bytes + [UInt8(time.count)]
    }
}

/// A hash of which every digit depends on all bytes: that of `stableHash` ends with the last bytes in its lower digits only.
///
/// Source: G. L. Steele, D. Lea, C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, as mixed by D. Stafford.
func spreadHash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash = stableHash(bytes)
    hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
    return hash ^ hash >> 31
}

extension UInt8 {
    /// Of a digit that `fixedWidthBase36` writes; nil for another character.
    fileprivate var valueInBase36: UInt64? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(self - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}

extension CollectionConfiguration {
    func bucketPartition(shard: Int) -> String { "\(incarnation).\(generation).\(shard)" }

    func bucketPartition(ofItem id: String) -> String {
        bucketPartition(shard: Int(stableHash(id.utf8) % UInt64(shardCount)))
    }

    /// Over how many logs the changes are spread: each takes 1,000 write units a second in DynamoDB, and every search reads all.
    var logCount: Int { (shardCount + 3) / 4 }

    /// Each generation has logs of its own, so that what is followed names the keys that the follower knows.
    func logPartition(_ number: Int) -> String {
        generation == 0 ? "\(incarnation).log.\(number)" : "\(incarnation).log.\(generation).\(number)"
    }
}

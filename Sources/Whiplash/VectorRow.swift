import JSON
import Storage
import VectorIndex

/// An item's row in the vectors table: the truth of the item. Its key is the layout's.
///
/// Attributes: `v` vector, as the collection's type says, `h` index key, `w` write stamp, `b` stamp of the bucket row when another,
/// `x` stamp of the postings when another, `m` metadata (JSON text), `t` text, `d` timestamp,
/// `expires` when the item's time is over (`Row.expiry`).
struct VectorRow: Sendable {
    var item: Item
    /// Where the item's bucket row is.
    var indexKey: IndexKey
    var stamp: WriteStamp
    /// The stamp its bucket row was written with: older than `stamp` when a change left the vector as it was.
    var bucketStamp: WriteStamp

    /// The stamp that the postings of its text were written with: older than `stamp` when a change left the text as it was.
    var postingStamp: WriteStamp

    /// Whether the stored row is still the one read.
    var unchanged: Condition { .equals(attribute: "w", .integer(stamp.number)) }

    func row(_ layout: any RowLayout, _ type: VectorType) -> Row {
        var attributes: Attributes = [
            "h": .text(indexKey.text), "v": .bytes(type.bytes(of: item.vector)),
            "w": .integer(stamp.number),
        ]
        if bucketStamp != stamp { attributes["b"] = .integer(bucketStamp.number) }
        if postingStamp != stamp { attributes["x"] = .integer(postingStamp.number) }
        if let metadata = item.metadata { attributes["m"] = .text(metadata.text) }
        if let text = item.text { attributes["t"] = .text(text) }
        if let timestamp = item.timestamp { attributes["d"] = .integer(timestamp) }
        if let expiresAt = item.expiresAt { attributes[Row.expiry] = .integer(expiresAt) }
        return Row(key: layout.vectorKey(item.name), attributes: attributes)
    }

    init(item: Item, indexKey: IndexKey, stamp: WriteStamp) {
        self.item = item
        self.item.version = ItemVersion(stamp)
        self.indexKey = indexKey
        self.stamp = stamp
        (bucketStamp, postingStamp) = (stamp, stamp)
    }

    /// Whether the item is there no more, in seconds since 1970.
    func isExpired(at time: Int64) -> Bool { item.expiresAt.map { $0 <= time } ?? false }

    /// - Throws: `unreadable` when an attribute is missing or the vector is not of this dimension.
    init(
        _ row: Row, of name: ItemName, _ configuration: CollectionConfiguration
    ) throws(StoreError) {
        let dimension = configuration.featureCount
        guard let bytes = row.bytes("v"),
            let vector = configuration.vectorType.vector(of: bytes, dimension: dimension),
            let indexKey = row.text("h").flatMap(IndexKey.init(text:)), let stamp = row.integer("w")
        else {
            throw .unreadable(reason: "a stored vector is damaged or not of dimension \(dimension)")
        }
        item = Item(
            id: name.id, vector: vector, metadata: row.text("m").map(RawJSON.init(checked:)),
            text: row.text("t"), timestamp: row.integer("d"), group: name.group, expiresAt: row.expiresAt)
        self.indexKey = indexKey
        self.stamp = WriteStamp(number: stamp)
        item.version = ItemVersion(self.stamp)
        bucketStamp = WriteStamp(number: row.integer("b") ?? stamp)
        postingStamp = WriteStamp(number: row.integer("x") ?? stamp)
    }
}

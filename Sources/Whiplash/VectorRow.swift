import JSON
import Storage
import VectorIndex

/// An item's row in the vectors table: the truth of the item. Its key is the layout's.
///
/// Attributes: `v` vector, as the collection's type says, `h` index key, `w` write stamp, `b` stamp of the bucket row when another,
/// `m` metadata (JSON text), `t` text.
struct VectorRow: Sendable {
    var item: Item
    /// Where the item's bucket row is.
    var indexKey: IndexKey
    var stamp: WriteStamp
    /// The stamp its bucket row was written with: older than `stamp` when a change left the vector as it was.
    var bucketStamp: WriteStamp

    /// Whether the stored row is still the one read.
    var unchanged: Condition { .equals(attribute: "w", .integer(stamp.number)) }

    func row(_ layout: any RowLayout, _ type: VectorType) -> Row {
        var attributes: Attributes = [
            "v": .bytes(type.bytes(of: item.vector)), "h": .text(indexKey.text),
            "w": .integer(stamp.number),
        ]
        if bucketStamp != stamp { attributes["b"] = .integer(bucketStamp.number) }
        attributes["m"] = item.metadata.map { .text($0.text) }
        attributes["t"] = item.text.map { .text($0) }
        return Row(key: layout.vectorKey(item.name), attributes: attributes)
    }

    init(item: Item, indexKey: IndexKey, stamp: WriteStamp) {
        self.item = item
        self.indexKey = indexKey
        self.stamp = stamp
        bucketStamp = stamp
    }

    /// - Throws: `unreadable` when an attribute is missing or the vector is not of this dimension.
    init(
        _ row: Row, of name: ItemName, _ configuration: CollectionConfiguration
    ) throws(StoreError) {
        let dimension = configuration.featureCount
        guard let vector = row.bytes("v").flatMap(configuration.vectorType.vector(of:)),
            vector.count == dimension,
            let indexKey = row.text("h").flatMap(IndexKey.init(text:)), let stamp = row.integer("w")
        else {
            throw .unreadable(reason: "a stored vector is damaged or not of dimension \(dimension)")
        }
        item = Item(
            id: name.id, vector: vector, metadata: row.text("m").map(RawJSON.init(checked:)),
            text: row.text("t"), group: name.group)
        self.indexKey = indexKey
        self.stamp = WriteStamp(number: stamp)
        bucketStamp = WriteStamp(number: row.integer("b") ?? stamp)
    }
}

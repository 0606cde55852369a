import Storage
import VectorIndex

/// The layout of a collection with groups: the rows of a group lie together, and nothing is shared between groups but the list
/// of their names.
///
/// | table | partition | sort | attributes |
/// |---|---|---|---|
/// | vectors | `<incarnation>.<group>` | item id | as `VectorRow` says |
/// | buckets | `<incarnation>.<generation>.g.<group>` | index key, item id | `k` proven sketch, `w` write stamp, `f`, `expires` |
/// | | `<incarnation>.groups.<shard>` | group | `w` stamp of a last write, `d` deletion, see `GroupRow` |
///
/// A bucket row carries the stamp of its item's last write, so that a search sees in the bucket rows alone which vectors are new.
struct GroupedLayout: RowLayout {
    let configuration: CollectionConfiguration

    func vectorKey(_ item: ItemName) -> RowKey {
        RowKey(partition: vectorPartition(of: item.group ?? ""), sort: item.id)
    }

    func item(ofVector key: RowKey) -> ItemName? {
        let start = vectorPartition(of: "").utf8
        guard key.partition.utf8.starts(with: start),
            let group = String(key.partition.utf8.dropFirst(start.count))
        else { return nil }
        return ItemName(key.sort, in: group)
    }

    func vectorPartition(of group: String) -> String { configuration.incarnation + "." + group }

    func bucketPartition(_ item: ItemName) -> String { bucketPartition(of: item.group ?? "") }

    func bucketPartition(of group: String) -> String {
        "\(configuration.incarnation).\(configuration.generation).g.\(group)"
    }

    /// A checksum alone: a group is read whole, and evenly spread keys let many read it at the same time.
    func indexKey(of item: Item, _ hint: Hint, _ planes: Planes) -> IndexKey { IndexKey(checksumOf: hint) }

    var stampsEveryChange: Bool { true }

    /// Each group in which something was stored, once.
    func notes(of changes: [IndexChange], _ stamp: WriteStamp, in bucketsTable: TableName) -> [Write] {
        var seen = Set<[UInt8]>()
        return changes.compactMap { change in
            guard case .stored(let row) = change, let group = row.item.group,
                seen.insert(Array(group.utf8)).inserted
            else { return nil }
            return .put(GroupRow(group: group, stamp: stamp).row(self), in: bucketsTable)
        }
    }

    /// Over how many partitions the list of groups is spread: each takes 1,000 write units a second in DynamoDB.
    var registryShards: Range<Int> { 0..<configuration.shardCount }

    func registryShard(of group: String) -> Int {
        Int(stableHash(group.utf8) % UInt64(configuration.shardCount))
    }

    func registryPartition(shard: Int) -> String { "\(configuration.incarnation).groups.\(shard)" }
}

/// A group's row in the list of groups.
///
/// Deleting a group leaves the row for a while with `d`, as it cannot know of a write under way: see `VectorCollection.groups`.
struct GroupRow: Sendable {
    let group: String
    /// Of a last write to the group, or of its deletion.
    let stamp: WriteStamp
    var isDeleted = false

    init(group: String, stamp: WriteStamp, isDeleted: Bool = false) {
        self.group = group
        self.stamp = stamp
        self.isDeleted = isDeleted
    }

    init?(_ row: Row) {
        guard let stamp = row.integer("w") else { return nil }
        self.init(
            group: row.key.sort, stamp: WriteStamp(number: stamp), isDeleted: row.integer("d") == 1)
    }

    func key(_ layout: GroupedLayout) -> RowKey {
        RowKey(
            partition: layout.registryPartition(shard: layout.registryShard(of: group)), sort: group)
    }

    func row(_ layout: GroupedLayout) -> Row {
        var row = Row(key: key(layout), attributes: ["w": .integer(stamp.number)])
        if isDeleted { row.attributes["d"] = .integer(1) }
        return row
    }
}

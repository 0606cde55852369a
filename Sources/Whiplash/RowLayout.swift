import Storage
import VectorIndex

/// Where the rows of a collection's items lie, and what else is written when they change. The types that follow it say
/// how; whoever reads and writes items need not know which it is.
protocol RowLayout: Sendable {
    /// Where the item's vector is.
    func vectorKey(_ item: ItemName) -> RowKey

    /// The item of a row of the vectors table; nil when the row is of an earlier collection of this one's name, which a process
    /// wrote that had not heard of its removal.
    func item(ofVector key: RowKey) -> ItemName?

    /// The partition of the item's bucket rows.
    func bucketPartition(_ item: ItemName) -> String

    /// Where an item is among the bucket rows.
    func indexKey(of item: Item, _ hint: Hint, _ planes: Planes) -> IndexKey

    /// Whether the bucket row is written anew with each change of its item, and not only when the vector changes.
    var stampsEveryChange: Bool { get }

    /// The writes that tell others of changes.
    func notes(of changes: [IndexChange], _ stamp: WriteStamp, in bucketsTable: TableName) -> [Write]
}

extension RowLayout {
    func bucketKey(_ item: ItemName, _ indexKey: IndexKey) -> RowKey {
        RowKey(partition: bucketPartition(item), sort: indexKey.text + item.id)
    }
}

extension CollectionConfiguration {
    var layout: any RowLayout {
        grouping ? GroupedLayout(configuration: self) : SpreadLayout(configuration: self)
    }
}

/// The layout of a collection without groups: its rows are spread over partitions, and a log tells of changes.
///
/// | table | partition | sort |
/// |---|---|---|
/// | vectors | item id | incarnation |
/// | buckets | `<incarnation>.<generation>.<shard>` | index key, item id |
/// | | `<incarnation>.log.<number>` | given by the store |
struct SpreadLayout: RowLayout {
    let configuration: CollectionConfiguration

    func vectorKey(_ item: ItemName) -> RowKey {
        RowKey(partition: item.id, sort: configuration.incarnation)
    }

    func item(ofVector key: RowKey) -> ItemName? {
        key.sort == configuration.incarnation ? ItemName(key.partition, in: nil) : nil
    }

    func bucketPartition(_ item: ItemName) -> String { configuration.bucketPartition(ofItem: item.id) }

    func indexKey(of item: Item, _ hint: Hint, _ planes: Planes) -> IndexKey {
        IndexKey(planes.hashKey(of: item.vector), hint)
    }

    var stampsEveryChange: Bool { false }

    /// The changes of one batch go to one of the logs.
    func notes(of changes: [IndexChange], _ stamp: WriteStamp, in bucketsTable: TableName) -> [Write] {
        let log = configuration.logPartition(Int(stamp.number & 0xFFFF) % configuration.logCount)
        return ChangeLogRow.rows(of: changes).map { .append($0, toLog: log, in: bucketsTable) }
    }
}

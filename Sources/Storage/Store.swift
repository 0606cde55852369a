/// An ordered table store, the port behind which every back end stands.
///
/// - **Atomicity** is that of one row. A batch may be stored in part when it throws; who writes batches
///   makes every row's write idempotent and writes them all again. (SQLite and memory store a batch whole or not at all.)
/// - **Order**: within a partition, ascending UTF-8 bytes of the sort key.
/// - **Consistency**: a read with `.strong` sees every write acknowledged before it began; one with
///   `.eventual` may answer from the recent past, at half the price in DynamoDB. `scan` and `query` give no snapshot: a
///   row written while pages are read may or may not appear, any other appears exactly once.
/// - **Durability**: when a write returns it survives a killed process and a lost machine's power.
/// - **Limits**: a row of 400 KB (`StoreLimits.rowBytes`), keys as `RowKey` says. A back end throws
///   `tooLarge` and stores nothing of that row. There is no limit on the number of rows in a call.
/// - **Cancellation**: a cancelled task makes a call throw `cancelled` soon; what it was writing may be stored or not.
public protocol Store: Sendable {
    /// How the rows of this back end's logs are ordered.
    var logOrder: LogOrder { get }

    /// Where reads run without a change of thread; nil when it makes no difference. A task that reads more than once prefers it.
    var readingExecutor: (any TaskExecutor)? { get }

    /// A number that is another one after every change of anything in the store, whoever made it, once the change is
    /// acknowledged: what was read after the number was had is still so while the number is the same. It costs next to nothing;
    /// nil where that cannot be.
    var revision: Int64? { get }

    /// The same store, which tells these meters of the units that each request is billed as; itself where none are billed.
    func telling(_ meters: [StoreMeter]) -> any Store

    /// Makes an empty table and returns when it can be used. One that exists stays as it is.
    func createTable(_ table: TableName) async throws(StoreError)

    /// Removes a table with all its rows and returns when its name is free. A missing one is no error.
    func deleteTable(_ table: TableName) async throws(StoreError)

    /// Stores and removes rows, over any number of tables. Removing a missing row is no error.
    ///
    /// - Precondition: no row is named twice.
    /// - Throws: `notFound` when a table is missing.
    func write(_ writes: [Write]) async throws(StoreError)

    /// Stores or removes one row if what is stored under its key meets the condition, atomically.
    ///
    /// - Precondition: the write is a `put` or a `delete`.
    /// - Throws: `conflict` when it does not.
    func write(_ write: Write, if condition: Condition) async throws(StoreError)

    /// The rows under these addresses, in their order; nil where there is none.
    ///
    /// - Precondition: no address is named twice.
    func rows(at addresses: [RowAddress], _ consistency: Consistency) async throws(StoreError) -> [Row?]

    /// One page of a partition's rows over a range of sort keys.
    func query(_ query: RangeQuery) async throws(StoreError) -> RowPage

    /// One page of a whole table, or of one of its segments, in an order of the back end's own that
    /// stays the same from page to page.
    func scan(_ scan: TableScan) async throws(StoreError) -> RowPage

    /// How many rows a table has, told without reading them as `scan` does; nil where the back end cannot.
    ///
    /// - Throws: `notFound` when there is no such table.
    func rowCount(of table: TableName) async throws(StoreError) -> RowCount?
}

/// A number of rows, those that have expired and are not removed yet included.
public struct RowCount: Sendable, Equatable {
    public var value: Int
    /// Else it is of some hours ago.
    public var isExact: Bool

    public init(_ value: Int, isExact: Bool) {
        self.value = value
        self.isExact = isExact
    }
}

extension Store {
    public var readingExecutor: (any TaskExecutor)? { nil }
    public var revision: Int64? { nil }
    public func telling(_ meters: [StoreMeter]) -> any Store { self }
    public func rowCount(of table: TableName) async throws(StoreError) -> RowCount? { nil }
}

/// One row to store, or to remove.
public enum Write: Sendable {
    case put(Row, in: TableName)
    case delete(RowKey, in: TableName)
    /// Removes the row if its attribute has just this value, atomically; else leaves it, which is no error.
    /// Hints are removed so: one written anew in the meantime must stay. In a batch only; DynamoDB takes a request for each.
    case deleteMatching(RowKey, in: TableName, attribute: String, equals: StoredValue)
    /// Adds a row behind all others of a log: a partition whose sort keys the store gives, as `logOrder` says. In a batch only.
    ///
    /// Not idempotent: sent twice it may stand there twice, and readers have to bear that.
    case append(Attributes, toLog: String, in: TableName)

    public var table: TableName {
        switch self {
        case .put(_, let table), .delete(_, let table), .deleteMatching(_, let table, _, _),
            .append(_, _, let table):
            table
        }
    }

    /// Nil of an `append`, whose key the store gives.
    public var key: RowKey? {
        switch self {
        case .put(let row, _): row.key
        case .delete(let key, _), .deleteMatching(let key, _, _, _): key
        case .append: nil
        }
    }
}

/// What has to hold of the row under a key for a conditional write to happen.
public enum Condition: Sendable {
    /// No row is there.
    case absent
    /// A row is there whose attribute has just this value.
    case equals(attribute: String, StoredValue)
    /// No row is there, or one that has expired (`Row.expiry`) by this time, in seconds since 1970.
    case vacant(at: Int64)
    /// A row is there that has not expired by this time, and its attribute has just this value.
    case alive(at: Int64, attribute: String, equals: StoredValue)
}

/// How fresh a read has to be.
public enum Consistency: Sendable {
    case strong
    case eventual
}

/// A page of one partition: rows with `lower <= sort < upper` (as UTF-8 bytes).
public struct RangeQuery: Sendable {
    public var table: TableName
    public var partition: String
    /// Inclusive; nil is the partition's start.
    public var lower: String?
    /// Exclusive; nil is the partition's end.
    public var upper: String?
    /// Largest sort key first.
    public var descending = false
    /// Where the page before ended (`RowPage.next`).
    public var after: RowKey?
    /// The most rows of a page, at least 1; nil leaves it to the back end. A page may hold fewer and yet have a `next`.
    public var limit: Int?
    public var consistency: Consistency

    public init(
        _ table: TableName, partition: String, lower: String? = nil, upper: String? = nil,
        descending: Bool = false, after: RowKey? = nil, limit: Int? = nil, consistency: Consistency
    ) {
        self.table = table
        self.partition = partition
        self.lower = lower
        self.upper = upper
        self.descending = descending
        self.after = after
        self.limit = limit
        self.consistency = consistency
    }
}

/// A page of a table, or of segment `segment` of `segments` (each row is in exactly one).
public struct TableScan: Sendable {
    public var table: TableName
    public var segment: Int
    public var segments: Int
    /// Only rows whose partition begins so. SQLite and memory go to them directly; DynamoDB looks at every row all the same, and bills it.
    public var prefix: String?
    public var after: RowKey?
    /// The most rows of a page, at least 1, and in DynamoDB the most that it looks at.
    public var limit: Int?
    public var consistency: Consistency

    public init(
        _ table: TableName, segment: Int = 0, of segments: Int = 1, prefix: String? = nil,
        after: RowKey? = nil, limit: Int? = nil, consistency: Consistency
    ) {
        precondition(segment >= 0 && segment < segments)
        self.prefix = prefix
        self.table = table
        self.segment = segment
        self.segments = segments
        self.after = after
        self.limit = limit
        self.consistency = consistency
    }
}

/// Rows, and where to go on; `next` is nil on the last page.
public struct RowPage: Sendable {
    public var rows: [Row]
    public var next: RowKey?

    public init(rows: [Row], next: RowKey? = nil) {
        self.rows = rows
        self.next = next
    }
}

import Storage

/// How far a clone has come that is not finished.
public struct CloneProgress: Sendable, Equatable {
    /// The name that the collection had of which it is made.
    public var source: String
    public var copiedCount: Int
    /// Milliseconds since 1970.
    public var startedAt: Int64

    public init(source: String, copiedCount: Int, startedAt: Int64) {
        self.source = source
        self.copiedCount = copiedCount
        self.startedAt = startedAt
    }

    /// Why the unfinished clone of this name cannot be used.
    package func refusal(of name: String) -> String {
        "collection '\(name)' is an unfinished clone of '\(source)', with \(copiedCount) items so far; clone again to go on, or delete it"
    }
}

/// How far a clone has come; part of its row in the metadata table while that is `cloning`.
///
/// Pages of the source's vectors are stored one after the other, and after each the row says where the next begins, by a conditional
/// write: any process may go on, and of two that are at one page only one gets further. What a page stores carries the stamp of
/// the row as it was before, so that a page stored twice is what it is once.
struct CloneState: Sendable, Equatable {
    var progress: CloneProgress
    /// Tells the source whatever it is called by now.
    var source: CollectionIdentity
    /// The last row that is copied.
    var cursor: RowKey?
    /// When all had been copied, in milliseconds since 1970.
    var copiedAt: Int64?
}

/// What a collection is told by while its name may change: where its rows lie.
struct CollectionIdentity: Sendable, Equatable {
    var tables: String
    var incarnation: String
}

extension CollectionConfiguration {
    var identity: CollectionIdentity {
        CollectionIdentity(tables: tableID ?? id, incarnation: incarnation)
    }
}

extension CloneState {
    var attributes: Attributes {
        var attributes: Attributes = [
            "clone_source": .text(progress.source), "clone_copied": .integer(Int64(progress.copiedCount)),
            "clone_started": .integer(progress.startedAt), "clone_tables": .text(source.tables),
            "clone_incarnation": .text(source.incarnation),
        ]
        attributes["clone_copied_at"] = copiedAt.map { .integer($0) }
        attributes["clone_cursor_p"] = cursor.map { .text($0.partition) }
        attributes["clone_cursor_s"] = cursor.map { .text($0.sort) }
        return attributes
    }

    /// Nil of a collection that is not being cloned.
    init?(_ row: Row) {
        guard let source = row.text("clone_source"), let copied = row.integer("clone_copied"),
            let started = row.integer("clone_started"), let tables = row.text("clone_tables"),
            let incarnation = row.text("clone_incarnation")
        else { return nil }
        progress = CloneProgress(source: source, copiedCount: Int(copied), startedAt: started)
        self.source = CollectionIdentity(tables: tables, incarnation: incarnation)
        copiedAt = row.integer("clone_copied_at")
        if let partition = row.text("clone_cursor_p"), let sort = row.text("clone_cursor_s") {
            cursor = RowKey(partition: partition, sort: sort)
        }
    }
}

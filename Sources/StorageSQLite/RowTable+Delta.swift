import Synchronization

import class GRDB.Database

/// Which rows go to the delta of a table, and when they go on to its main part.
///
/// Keys that lie scattered, as those of bucket rows and of items with random ids do, put nearly each row of a batch on another page of
/// the main part: a thousand rows of 100 bytes change 600 pages of 16 KB, which go to the log and then to the file. The delta is a
/// hundred pages at most, and a merge changes each page of the main part once for a dozen batches. A few rows change as many pages of the one as of
/// the other, and go to their places at once.
///
/// Source: P. O'Neil, E. Cheng, D. Gawlick, E. O'Neil, "The Log-Structured Merge-Tree", Acta Informatica 33 (1996), of two levels.
struct DeltaLimits: Sendable {
    /// From how many rows on a batch goes to the delta.
    var batchRows = 64
    /// With how many bytes a delta is merged: so few that the writer has all of it in its memory, so many that most pages of the main part get
    /// several of its rows.
    var bytes = 2 << 20
}

extension RowTable {
    /// Tells of a row that was put into the delta, and merges it when it is full.
    ///
    /// - Parameter bytes: Of the row's key and value.
    func filled(by bytes: Int, in database: Database) throws {
        guard deltaFill.add(Self.placeBytes + bytes) else { return }
        try RawStatement(merge, in: database).run([])
        try RawStatement(clearDelta, in: database).run([])
    }

    /// About what a row takes on its page beside its key and value, and of the page's free room.
    private static let placeBytes = 40
}

/// How many bytes this process has put into a delta since it last merged it. What is undone counts as well, which merges sooner.
final class DeltaFill: Sendable {
    private let capacity: Int
    /// Full at first: what other processes have left goes with the first batch, so that no number of them lets it grow.
    private let bytes: Atomic<Int>

    init(capacity: Int) {
        self.capacity = capacity
        bytes = Atomic(capacity)
    }

    /// Whether it is full with so many more; it is then taken to be empty.
    func add(_ count: Int) -> Bool {
        guard bytes.add(count, ordering: .relaxed).newValue >= capacity else { return false }
        bytes.store(0, ordering: .relaxed)
        return true
    }
}

import Storage
import VectorIndex

/// What a slice of a verification has found.
public struct VerificationReport: Sendable, Equatable {
    /// Rows looked at, of both tables.
    public var checked = 0
    /// Vectors that no search by sketches could have found.
    public var vectorsWithoutBucketRow = 0
    /// Bucket rows of no vector, or of another than is stored. An insert in the place of an item leaves one: it costs time, never an answer.
    public var bucketRowsWithoutVector = 0
    /// Postings that a text should have and has not: searches by words could have missed it. None without a text index.
    public var missingPostings = 0
    /// Postings of no text, or of another than is stored. A write that broke off leaves them: they cost time, never an answer.
    public var needlessPostings = 0
    public var mended = 0
    /// Where to go on; nil when everything has been looked at.
    public var cursor: String?

    public init(
        checked: Int = 0, vectorsWithoutBucketRow: Int = 0, bucketRowsWithoutVector: Int = 0,
        missingPostings: Int = 0, needlessPostings: Int = 0, mended: Int = 0, cursor: String? = nil
    ) {
        (self.missingPostings, self.needlessPostings) = (missingPostings, needlessPostings)
        self.checked = checked
        self.vectorsWithoutBucketRow = vectorsWithoutBucketRow
        self.bucketRowsWithoutVector = bucketRowsWithoutVector
        self.mended = mended
        self.cursor = cursor
    }
}

extension VectorCollection {
    /// Holds bucket rows against vectors, a slice at a time: stores those missing and removes those of no vector. In a collection with a
    /// text index postings are held against texts as well; each counts as a row looked at.
    ///
    /// What looks wrong is looked at again two seconds later, since a write may have been under way; and a bucket row is called
    /// needless only when it is older than any write takes (`BucketRow.graceMilliseconds`). Searches and writes go on all the while.
    ///
    /// - Parameters:
    ///   - cursor: What the slice before gave; nil begins.
    ///   - rows: After so many no further page is begun; nor after `milliseconds`.
    /// - Throws: `invalid` for a cursor of another collection, and for a grouped collection.
    public func verify(
        cursor: String? = nil, rows: Int = 10_000, within milliseconds: Int64
    ) async throws(WhiplashError) -> VerificationReport {
        if configuration.grouping {
            throw .invalid(
                Violation(
                    field: "collectionId", expected: "a collection without groups",
                    received: "one with groups"))
        }
        let place = try cursor.map { cursor throws(WhiplashError) in try Verification.Place(cursor, self) }
        let end = origin.now() + milliseconds
        var verification = Verification(collection: try await current(), place: place ?? .vectors(nil))
        repeat {
            try await verification.checkPage()
        } while !verification.isDone
            && verification.report.checked < rows && origin.now() < end
        try await verification.mend()
        return verification.finished
    }
}

/// One slice of a verification.
struct Verification {
    /// What is looked at next.
    enum Place {
        case vectors(RowKey?)
        case bucketRows(shard: Int, RowKey?)
        case postings(RowKey?)
    }

    let collection: VectorCollection
    private(set) var report = VerificationReport()
    private(set) var isDone = false
    private var place: Place
    /// Vectors that looked as if they had no bucket row.
    private var bare: [VectorRow] = []
    /// Bucket rows that looked as if they had no vector.
    private var stray: [BucketRow] = []
    private var words = PostingVerification()

    private static let pageRows = 1_000
    /// Of texts, each of which has many postings.
    private static let pageTexts = 100
    /// How long what looks wrong is left alone before the second look, in milliseconds.
    private static let patience: Int64 = 2_000

    init(collection: VectorCollection, place: Place) {
        self.collection = collection
        self.place = place
    }

    private var generation: Generation { collection.index.read }

    mutating func checkPage() async throws(WhiplashError) {
        switch place {
        case .vectors(let after): try await checkVectors(after)
        case .bucketRows(let shard, let after): try await checkBucketRows(shard, after)
        case .postings(let after):
            let (checked, next) = try await words.checkPostings(after, in: collection, Self.pageRows)
            report.checked += checked
            if let next { place = .postings(next) } else { isDone = true }
        }
    }

    private mutating func checkVectors(_ after: RowKey?) async throws(WhiplashError) {
        let scan = TableScan(
            collection.vectorsTable, after: after,
            limit: collection.configuration.textIndex ? Self.pageTexts : Self.pageRows, consistency: .strong)
        let page = try await collection.inTables { () throws(StoreError) in
            try await collection.store.scan(scan)
        }
        var vectors: [VectorRow] = []
        // Of an item that has expired either row may go first.
        let now = collection.origin.seconds
        for row in page.rows
        where collection.layout.item(ofVector: row.key) != nil && !row.isExpired(at: now) {
            vectors.append(try collection.decode(row))
        }
        bare += try await withoutBucketRow(vectors)
        report.checked += vectors.count
        report.checked += try await words.checkTexts(of: vectors, in: collection)
        place = page.next.map { .vectors($0) } ?? .bucketRows(shard: 0, nil)
    }

    private func withoutBucketRow(_ vectors: [VectorRow]) async throws(WhiplashError) -> [VectorRow] {
        let addresses = vectors.map { row in
            RowAddress(
                collection.bucketsTable,
                collection.bucketRow(of: row, in: generation).row(generation.layout).key)
        }
        let found = try await collection.inTables { () throws(StoreError) in
            try await collection.store.rows(at: addresses, .strong)
        }
        return zip(vectors, found).filter { $1 == nil }.map(\.0)
    }

    private mutating func checkBucketRows(_ shard: Int, _ after: RowKey?) async throws(WhiplashError) {
        let query = RangeQuery(
            collection.bucketsTable, partition: collection.configuration.bucketPartition(shard: shard),
            after: after, limit: Self.pageRows, consistency: .strong)
        let page = try await collection.inTables { () throws(StoreError) in
            try await collection.store.query(query)
        }
        let oldest = collection.origin.now() - BucketRow.graceMilliseconds
        let now = collection.origin.seconds
        let rows = page.rows.filter { !$0.isExpired(at: now) }
            .compactMap { BucketRow($0, collection.index.sketcher.format) }
        stray += try await withoutVector(rows.filter { $0.stamp.milliseconds < oldest })
        report.checked += page.rows.count
        if let next = page.next {
            place = .bucketRows(shard: shard, next)
        } else if shard + 1 < collection.configuration.shardCount {
            place = .bucketRows(shard: shard + 1, nil)
        } else if collection.configuration.textIndex {
            place = .postings(nil)
        } else {
            isDone = true
        }
    }

    private func withoutVector(_ rows: [BucketRow]) async throws(WhiplashError) -> [BucketRow] {
        let vectors = try await truth(of: rows.map(\.item))
        return rows.filter { row in
            guard let vector = vectors[collection.layout.vectorKey(row.item)] else { return true }
            return collection.bucketRow(of: vector, in: generation).indexKey != row.indexKey
        }
    }

    private func truth(of items: [ItemName]) async throws(WhiplashError) -> [RowKey: VectorRow] {
        let keys = Set(items.map { collection.layout.vectorKey($0) })
        return try await collection.storedRows(keys: Array(keys), .strong)
    }
}

// MARK: - Mending

extension Verification {
    /// Looks again at what looked wrong, and mends what still is.
    mutating func mend() async throws(WhiplashError) {
        if bare.isEmpty && stray.isEmpty && words.isEmpty { return }
        do { try await collection.origin.sleep(Self.patience) } catch { throw .store(.cancelled) }
        // While this went on the collection may have been tuned: then its rows are others.
        guard try await collection.current().index.read.number == generation.number else { return }
        try await mendBare()
        try await removeStray()
        try await words.mend(in: collection, &report)
    }

    private mutating func mendBare() async throws(WhiplashError) {
        let now = try await truth(of: bare.map(\.item.name))
        let time = collection.origin.seconds
        let unchanged = bare.filter { row in
            !row.isExpired(at: time) && now[collection.layout.vectorKey(row.item.name)]?.stamp == row.stamp
        }
        let missing = try await withoutBucketRow(unchanged)
        try await collection.fill(generation, with: missing)
        report.vectorsWithoutBucketRow += missing.count
        report.mended += missing.count
    }

    private mutating func removeStray() async throws(WhiplashError) {
        let addresses = stray.map { RowAddress(collection.bucketsTable, $0.row(generation.layout).key) }
        let found = try await collection.inTables { () throws(StoreError) in
            try await collection.store.rows(at: addresses, .strong)
        }
        let left = zip(stray, found).filter { $1?.integer("w") == $0.stamp.number }.map(\.0)
        let needless = try await withoutVector(left)
        if needless.isEmpty { return }
        let removals = needless.map { row in
            Write.deleteMatching(
                row.row(generation.layout).key, in: collection.bucketsTable, attribute: "w",
                equals: .integer(row.stamp.number))
        }
        let notes = generation.layout.notes(
            of: needless.map { .removed($0.indexKey, id: $0.id, $0.stamp) }, collection.origin.stamp(),
            in: collection.bucketsTable)
        try await collection.inTables { () throws(StoreError) in
            try await collection.store.write(removals + notes)
        }
        report.bucketRowsWithoutVector += needless.count
        report.mended += needless.count
    }

    var finished: VerificationReport {
        var report = report
        report.cursor = isDone ? nil : place.cursor(collection)
        return report
    }
}

// MARK: - Cursors

extension Verification.Place {
    private static let scope = CursorScope(.verification)

    /// A kind and the key where the last page ended: `v` vectors, `b<shard>` bucket rows, `p` postings; `-` in the place of a key begins.
    init(_ cursor: String, _ collection: VectorCollection) throws(WhiplashError) {
        let texts = try collection.texts(in: cursor, of: Self.scope, count: 3)
        let key = texts[1] == "-" ? nil : RowKey(partition: texts[1], sort: texts[2])
        switch (texts[0].first, Int(texts[0].dropFirst())) {
        case ("v", nil): self = .vectors(key)
        case ("b", let shard?) where (0..<collection.configuration.shardCount).contains(shard):
            // One of a generation that is gone begins the shard anew.
            let partition = collection.configuration.bucketPartition(shard: shard)
            self = .bucketRows(shard: shard, key?.partition == partition ? key : nil)
        case ("p", nil) where collection.configuration.textIndex: self = .postings(key)
        default: throw VectorCollection.badCursor
        }
    }

    fileprivate func cursor(_ collection: VectorCollection) -> String {
        let (kind, key) =
            switch self {
            case .postings(let key): ("p", key)
            case .vectors(let key): ("v", key)
            case .bucketRows(let shard, let key): ("b\(shard)", key)
            }
        return collection.cursor([kind, key?.partition ?? "-", key?.sort ?? "-"], of: Self.scope)
    }
}

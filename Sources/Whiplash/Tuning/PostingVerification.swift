import Storage

/// The part of a verification that is about the words of texts: holds postings against texts, and the other way round.
struct PostingVerification {
    /// Texts some of whose postings seem to be missing.
    private var unlisted: [VectorRow] = []
    /// Postings that seem to be of no text.
    private var stray: [Row] = []

    var isEmpty: Bool { unlisted.isEmpty && stray.isEmpty }

    /// Looks for the postings of texts.
    ///
    /// - Returns: How many rows were looked at.
    mutating func checkTexts(
        of vectors: [VectorRow], in collection: VectorCollection
    ) async throws(WhiplashError) -> Int {
        guard collection.configuration.textIndex else { return 0 }
        var checked = 0
        for vector in vectors {
            let keys = collection.postingKeys(of: vector)
            if keys.isEmpty { continue }
            checked += keys.count
            if try await !missing(keys, in: collection).isEmpty { unlisted.append(vector) }
        }
        return checked
    }

    private func missing(
        _ keys: [RowKey], in collection: VectorCollection
    ) async throws(WhiplashError) -> [RowKey] {
        let addresses = keys.map { RowAddress(collection.bucketsTable, $0) }
        let found = try await collection.inTables { () throws(StoreError) in
            try await collection.store.rows(at: addresses, .strong)
        }
        return zip(keys, found).filter { $1 == nil }.map(\.0)
    }

    /// Looks for the texts of a page of postings.
    ///
    /// - Returns: How many rows were looked at, and where the next page begins; nil when there is none.
    mutating func checkPostings(
        _ after: RowKey?, in collection: VectorCollection, _ count: Int
    ) async throws(WhiplashError) -> (checked: Int, next: RowKey?) {
        let prefix = Posting.partitionPrefix(collection.configuration)
        let scan = TableScan(
            collection.bucketsTable, prefix: prefix, after: after, limit: count, consistency: .strong)
        let page = try await collection.inTables { () throws(StoreError) in
            try await collection.store.scan(scan)
        }
        // A younger one may be of a write under way.
        let oldest = collection.origin.now() - BucketRow.graceMilliseconds
        let old = page.rows.filter { row in
            Posting(row).map { $0.stamp.milliseconds < oldest } ?? false
        }
        stray += try await withoutText(old, in: collection)
        return (page.rows.count, page.next)
    }

    private func withoutText(
        _ rows: [Row], in collection: VectorCollection
    ) async throws(WhiplashError) -> [Row] {
        let ids = Set(rows.compactMap { Posting($0)?.id }.map { ItemName($0, in: nil) })
        let keys = ids.map { collection.layout.vectorKey($0) }
        let vectors = try await collection.storedRows(keys: keys, .strong)
        let needed = vectors.mapValues { Set(collection.postingKeys(of: $0)) }
        return rows.filter { row in
            guard let id = Posting(row)?.id else { return false }
            return needed[collection.layout.vectorKey(ItemName(id, in: nil))]?.contains(row.key) != true
        }
    }

    /// Looks again at what looked wrong, and mends what still is.
    func mend(
        in collection: VectorCollection, _ report: inout VerificationReport
    ) async throws(WhiplashError) {
        try await storeMissing(in: collection, &report)
        try await removeStray(in: collection, &report)
    }

    private func storeMissing(
        in collection: VectorCollection, _ report: inout VerificationReport
    ) async throws(WhiplashError) {
        let vectorKeys = unlisted.map { collection.layout.vectorKey($0.item.name) }
        let now = try await collection.storedRows(keys: vectorKeys, .strong)
        for (vector, key) in zip(unlisted, vectorKeys) where now[key]?.stamp == vector.stamp {
            let keys = try await missing(collection.postingKeys(of: vector), in: collection)
            // Never in the place of a row: that would be of a later write, whose stamp protects it.
            let store = collection.store
            let puts = keys.map { key in
                Write.put(
                    Row(key: key, attributes: ["w": .integer(vector.postingStamp.number)]),
                    in: collection.bucketsTable)
            }
            try await collection.inTables { () throws(StoreError) in
                _ = try await concurrently(puts, width: VectorCollection.fillWidth) {
                    put throws(StoreError) in try await store.writeUnlessThere(put)
                }
            }
            report.missingPostings += keys.count
            report.mended += keys.count
        }
    }

    private func removeStray(
        in collection: VectorCollection, _ report: inout VerificationReport
    ) async throws(WhiplashError) {
        let needless = try await withoutText(stray, in: collection)
        if needless.isEmpty { return }
        let removals = needless.map { row in
            Write.deleteMatching(
                row.key, in: collection.bucketsTable, attribute: "w",
                equals: row.attributes["w"] ?? .integer(0))
        }
        try await collection.inTables { () throws(StoreError) in try await collection.store.write(removals) }
        report.needlessPostings += needless.count
        report.mended += needless.count
    }
}

extension VectorCollection {
    fileprivate func postingKeys(of row: VectorRow) -> [RowKey] {
        Posting.keys(of: row.item.id, text: row.item.text, configuration)
    }
}

import JSON
import Storage
import VectorIndex

extension VectorCollection {
    /// Stores items, each in the place of one with its id. Checks all of them before it stores any.
    ///
    /// One round trip for one item: its vector and its bucket row go in one batch. A batch that throws
    /// `store` may be stored in part; the same call again completes it.
    ///
    /// - Parameter field: What goes before a field's name in a violation of item `i`, such as `vectors[i].`.
    /// - Throws: `invalid` (also for an id twice among them), `tooLarge`.
    public func insert(
        _ items: [Item], field: @Sendable (Int) -> String = { "vectors[\($0)]." }
    ) async throws(WhiplashError) {
        let writes = try writes(storing: items, field: field)
        try await inTables { () throws(StoreError) in try await store.write(writes) }
    }

    /// Changes an item in part and gives it as it is then. Of two changes at once neither is lost.
    ///
    /// - Throws: `notFound`, `invalid`, `tooLarge`; `conflict` when others change it again and again.
    public func update(_ id: String, _ patch: ItemPatch) async throws(WhiplashError) -> Item {
        for _ in 0..<Self.updateAttempts {
            guard let found = try await storedRow(id) else { throw .notFound(.item, name: id) }
            let changed = try changedRow(found, patch)
            if try await replace(found, by: changed) { return changed.item }
        }
        throw .conflict(reason: "item '\(id)' is being changed by others; read it again and retry")
    }

    /// Removes items and tells how many there were. Ids may stand there twice.
    ///
    /// - Throws: `invalid` for an id that no item can have.
    public func delete(ids: [String]) async throws(WhiplashError) -> Int {
        let found = try await storedRows(ids).values
        let vectors = found.map {
            Write.delete(VectorRow.key(id: $0.item.id, configuration), in: vectorsTable)
        }
        // The truth first: a bucket row left behind costs time, a vector without one would be lost to search.
        let removed = found.map { IndexChange.removed($0.indexKey, id: $0.item.id, $0.bucketStamp) }
        try await inTables { () throws(StoreError) in
            try await store.write(vectors)
            try await store.write(found.map(removalOfBucketRow) + logged(removed, origin.stamp()))
        }
        return found.count
    }

    /// How often a change is tried against others before the caller is asked to.
    private static let updateAttempts = 8
}

// MARK: - Rows to write

extension VectorCollection {
    private func writes(storing items: [Item], field: (Int) -> String) throws(WhiplashError) -> [Write] {
        var seen = Set<[UInt8]>()
        var writes: [Write] = []
        var changes: [IndexChange] = []
        writes.reserveCapacity(items.count * 2 + 1)
        let stamp = origin.stamp()
        for (position, item) in items.enumerated() {
            let field = field(position)
            try check(item, field: field)
            guard seen.insert(Array(item.id.utf8)).inserted else {
                throw .invalid(
                    Violation(
                        field: field + "id", expected: "an id once in a batch", received: "the same id twice")
                )
            }
            let (vector, bucket) = rows(of: item, stamp)
            let put = Write.put(vector.row(configuration), in: vectorsTable)
            try checkSize(put, field: field)
            writes += [put, .put(bucket.row(configuration), in: bucketsTable)]
            changes.append(.stored(bucket))
        }
        return writes + logged(changes, stamp)
    }

    /// The writes that tell of changes in the change log; of one batch in one of its parts.
    private func logged(_ changes: [IndexChange], _ stamp: WriteStamp) -> [Write] {
        let log = configuration.logPartition(Int(stamp.number & 0xFFFF) % configuration.logCount)
        return ChangeLogRow.rows(of: changes).map { .append($0, toLog: log, in: bucketsTable) }
    }

    private func rows(of item: Item, _ stamp: WriteStamp) -> (VectorRow, BucketRow) {
        let sketch = index.sketcher.sketch(of: item.vector)
        let key = IndexKey(index.planes.hashKey(of: item.vector), sketch: sketch)
        return (
            VectorRow(item: item, indexKey: key, stamp: stamp),
            BucketRow(id: item.id, indexKey: key, stamp: stamp, sketch: sketch)
        )
    }

    private func changedRow(_ found: VectorRow, _ patch: ItemPatch) throws(WhiplashError) -> VectorRow {
        var item = found.item
        if let vector = patch.vector { item.vector = vector }
        if let metadata = patch.metadata {
            let merged = (item.metadata ?? RawJSON(checked: "{}")).merged(with: metadata)
            item.metadata = merged.isObject ? merged : nil
        }
        if let text = patch.text { item.text = text }
        try check(item, field: "")
        var changed = rows(of: item, origin.stamp()).0
        if changed.indexKey == found.indexKey { changed.bucketStamp = found.bucketStamp }
        try checkSize(.put(changed.row(configuration), in: vectorsTable), field: "")
        return changed
    }

    /// Stores `changed` if `found` is still what is stored, and tells whether it was.
    ///
    /// The new bucket row comes before the truth and the old one goes after it, so that at every moment
    /// the stored vector has its bucket row.
    private func replace(_ found: VectorRow, by changed: VectorRow) async throws(WhiplashError) -> Bool {
        let moved = changed.indexKey != found.indexKey
        do {
            if moved {
                let bucket = rows(of: changed.item, changed.stamp).1
                let put = Write.put(bucket.row(configuration), in: bucketsTable)
                try await store.write([put] + logged([.stored(bucket)], changed.stamp))
            }
            try await store.write(.put(changed.row(configuration), in: vectorsTable), if: found.unchanged)
            try await store.write(
                moved
                    ? [removalOfBucketRow(found)]
                        + logged(
                            [.removed(found.indexKey, id: found.item.id, found.bucketStamp)], changed.stamp)
                    : readsMayLag ? logged([.touched(id: found.item.id)], changed.stamp) : [])
            return true
        } catch {
            if case .conflict = error { return false }
            return try await inTables { () throws(StoreError) in throw error }
        }
    }

    /// Where logs are numbered reads are always of the present, and nobody has to be told that only the truth has changed.
    private var readsMayLag: Bool { store.logOrder != .numbered }

    private func removalOfBucketRow(_ row: VectorRow) -> Write {
        .deleteMatching(
            BucketRow.key(id: row.item.id, indexKey: row.indexKey, configuration), in: bucketsTable,
            attribute: "w", equals: .integer(row.bucketStamp.number))
    }
}

// MARK: - Rules

extension VectorCollection {
    private func check(_ item: Item, field: String) throws(WhiplashError) {
        try Names.check(id: item.id, field: field + "id")
        try check(vector: item.vector, field: field + "vector")
    }

    /// Throws `invalid` for a vector of another dimension, with NaN or infinity, or all zeros under cosine.
    func check(vector: [Float], field: String) throws(WhiplashError) {
        func violation(_ expected: String, _ received: String) -> WhiplashError {
            .invalid(Violation(field: field, expected: expected, received: received))
        }
        guard vector.count == configuration.featureCount else {
            throw violation("\(configuration.featureCount) numbers", "\(vector.count)")
        }
        if let index = vector.firstIndex(where: { !$0.isFinite }) {
            throw violation("finite float32 numbers", "NaN or infinity at index \(index)")
        }
        if configuration.metric == .cosine, vector.allSatisfy({ $0 == 0 }) {
            throw violation("a vector with a direction, as cosine needs", "all zeros")
        }
    }

    private func checkSize(_ put: Write, field: String) throws(WhiplashError) {
        do {
            try put.checkSize()
        } catch {
            guard case .tooLarge(let limit, let received) = error else { throw .store(error) }
            let name = field.isEmpty ? "item" : String(field.dropLast())
            throw .tooLarge(field: name, limitBytes: limit, receivedBytes: received)
        }
    }
}

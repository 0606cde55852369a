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
    /// - Returns: The items as they are stored: with the vectors rounded in a float16 collection.
    /// - Throws: `invalid` (also for an item twice among them), `tooLarge`.
    @discardableResult
    public func insert(
        _ items: [Item], field: @escaping @Sendable (Int) -> String = { "vectors[\($0)]." }
    ) async throws(WhiplashError) -> [Item] {
        try await write(items.map { ItemWrite($0) }, field: field).items.compactMap(\.self)
    }

    /// Changes an item in part and gives it as it is then. Of two changes at once neither is lost.
    ///
    /// - Parameter version: With one the item is changed only if it is of this version.
    /// - Throws: `notFound`, `invalid`, `tooLarge`; `conditionFailed` when it is of another version; `conflict` when others change it
    ///   again and again.
    public func update(
        _ id: String, _ patch: ItemPatch, in group: String? = nil, version: ItemVersion? = nil
    ) async throws(WhiplashError) -> Item {
        let collection = try await current()
        for _ in 0..<Self.updateAttempts {
            guard let found = try await collection.storedRow(id, in: group) else {
                throw .notFound(.item, name: id)
            }
            try check(version, of: found)
            let changed = try collection.changedRow(found, patch)
            if try await collection.replace(found, by: changed) {
                try await collection.completeIfOld([changed])
                return changed.item
            }
        }
        throw .conflict(reason: "item '\(id)' is being changed by others; read it again and retry")
    }

    /// Removes items and tells how many there were. Ids may stand there twice.
    ///
    /// - Throws: `invalid` for an id that no item can have, or a group where none or one is needed.
    public func delete(ids: [String], in group: String? = nil) async throws(WhiplashError) -> Int {
        try await current().remove(ids, in: group)
    }

    private func remove(_ ids: [String], in group: String?) async throws(WhiplashError) -> Int {
        let found = Array(try await storedRows(ids, in: group).values)
        let now = origin.seconds
        let vectors = found.map { Write.delete(layout.vectorKey($0.item.name), in: vectorsTable) }
        // The truth first: a bucket row left behind costs time, a vector without one would be lost to search.
        try await inTables { () throws(StoreError) in
            try await store.write(vectors)
            try await removeHints(of: found)
        }
        return found.count { !$0.isExpired(at: now) }
    }

    /// Removes an item if it is of this version, and tells whether it was there; one that is not there is no error.
    ///
    /// - Throws: `conditionFailed` when it is of another version; `invalid`.
    public func delete(
        _ id: String, version: ItemVersion, in group: String? = nil
    ) async throws(WhiplashError) -> Bool {
        let collection = try await current()
        while true {
            guard let found = try await collection.storedRow(id, in: group) else { return false }
            try check(version, of: found)
            if try await collection.remove(found) { return true }
        }
    }

    /// Removes an item if the row read is still what is stored, and tells whether it was.
    private func remove(_ found: VectorRow) async throws(WhiplashError) -> Bool {
        let removal = Write.delete(layout.vectorKey(found.item.name), in: vectorsTable)
        return try await inTables { () throws(StoreError) in
            guard try await store.writeIfHolds(removal, found.unchanged) else { return false }
            try await removeHints(of: [found])
            return true
        }
    }

    /// What goes after the vectors of removed items: their bucket rows, and the notes that tell of it.
    private func removeHints(of rows: [VectorRow]) async throws(StoreError) {
        try await store.write(
            rows.filter(isBucketRowNeedless).flatMap(removalOfBucketRows)
                + removalOfPostings(of: rows) + notesOfRemoval(of: rows, origin.stamp()))
    }

    /// Whether the bucket row of a removed item may go as well.
    ///
    /// In a group the stamps of bucket rows tell which items are new, so that eventual reads of them are not trusted
    /// (`GroupSearch`). Where reads may lag that of a new item stays as a hint for nothing, until a search removes it.
    private func isBucketRowNeedless(_ row: VectorRow) -> Bool {
        !layout.stampsEveryChange || !readsMayLag
            || row.stamp.milliseconds < origin.now() - BucketRow.graceMilliseconds
    }

    /// How often a change is tried against others before the caller is asked to.
    private static let updateAttempts = 8
}

// MARK: - Rows to write

extension VectorCollection {
    /// The batch that stores items: with those that have no condition their vectors as well, which of the others come after.
    func writes(storing rows: [CheckedWrite], _ stamp: WriteStamp) -> [Write] {
        var writes: [Write] = []
        var stored: [[BucketRow]] = index.generations.map { _ in [] }
        writes.reserveCapacity(rows.count * 2 + 1)
        for row in rows {
            if row.condition == nil { writes.append(row.put) }
            for (position, bucket) in row.buckets.enumerated() {
                writes.append(.put(bucket.row(index.generations[position].layout), in: bucketsTable))
                stored[position].append(bucket)
            }
        }
        return writes + postings(of: rows.lazy.map(\.vector.item), stamp) + notesOfStoring(stored, stamp)
    }

    func put(_ row: VectorRow) -> Write { .put(row.row(layout, configuration.vectorType), in: vectorsTable) }

    /// An item's vector, and its bucket row in each generation.
    func rows(of item: Item, _ stamp: WriteStamp) -> (VectorRow, [BucketRow]) {
        let hint = hint(of: item)
        let keys = index.generations.map { $0.layout.indexKey(of: item, hint, $0.planes) }
        return (
            VectorRow(item: item, indexKey: keys[0], stamp: stamp),
            keys.map { BucketRow(item: item.name, indexKey: $0, stamp: stamp, hint) }
        )
    }

    /// What an item's bucket rows tell of it.
    func hint(of item: Item) -> Hint {
        Hint(
            sketch: index.sketcher.sketch(of: item.vector), expiresAt: item.expiresAt,
            values: index.filterable.values(of: item.metadata))
    }

    /// - Parameter rows: Of each generation.
    private func notesOfStoring(_ rows: [[BucketRow]], _ stamp: WriteStamp) -> [Write] {
        zip(index.generations, rows).flatMap { generation, rows in
            generation.layout.notes(of: rows.map(IndexChange.stored), stamp, in: bucketsTable)
        }
    }

    private func notesOfRemoval(of rows: [VectorRow], _ stamp: WriteStamp) -> [Write] {
        let keys = rows.map { bucketRows(of: $0).map(\.key) }
        return index.generations.enumerated().flatMap { position, generation in
            let changes = zip(rows, keys).map { row, keys in
                IndexChange.removed(keys[position], id: row.item.id, row.bucketStamp)
            }
            return generation.layout.notes(of: changes, stamp, in: bucketsTable)
        }
    }

    private func changedRow(_ found: VectorRow, _ patch: ItemPatch) throws(WhiplashError) -> VectorRow {
        var item = found.item
        if let vector = patch.vector { item.vector = vector }
        if let metadata = patch.metadata {
            let merged = (item.metadata ?? RawJSON(checked: "{}")).merged(with: metadata)
            item.metadata = merged.isObject ? merged : nil
        }
        if let text = patch.text { item.text = text }
        if let timestamp = patch.timestamp { item.timestamp = timestamp }
        if let expiresAt = patch.expiresAt { item.expiresAt = expiresAt }
        item = try stored(item, field: "")
        var changed = rows(of: item, origin.stamp()).0
        if !isMoved(found, changed), !layout.stampsEveryChange {
            changed.bucketStamp = found.bucketStamp
        }
        if configuration.textIndex, patch.text == nil { changed.postingStamp = found.postingStamp }
        try checkSize(put(changed), field: "")
        return changed
    }

    /// Whether the bucket row is to be another. Keys under other planes than it was stored with may differ for one vector.
    private func isMoved(_ found: VectorRow, _ changed: VectorRow) -> Bool {
        configuration.grouping
            ? changed.indexKey != found.indexKey
            : changed.item.vector != found.item.vector || changed.item.expiresAt != found.item.expiresAt
                || index.filterable.values(of: changed.item.metadata)
                    != index.filterable.values(of: found.item.metadata)
    }

    /// Stores `changed` if `found` is still what is stored, and tells whether it was.
    ///
    /// The new bucket row comes before the truth and the old one goes after it, so that at every moment
    /// the stored vector has its bucket row.
    private func replace(_ found: VectorRow, by changed: VectorRow) async throws(WhiplashError) -> Bool {
        let moved = isMoved(found, changed)
        let isReworded = configuration.textIndex && changed.postingStamp == changed.stamp
        do {
            if isReworded { try await store.write(postings(of: [changed.item], changed.stamp)) }
            if moved || layout.stampsEveryChange {
                let buckets = rows(of: changed.item, changed.stamp).1
                let puts = zip(index.generations, buckets).map { generation, bucket in
                    Write.put(bucket.row(generation.layout), in: bucketsTable)
                }
                try await store.write(puts + notesOfStoring(buckets.map { [$0] }, changed.stamp))
            }
            try await store.write(
                put(changed),
                if: .alive(at: origin.seconds, attribute: "w", equals: .integer(found.stamp.number)))
            let id = found.item.id
            var after =
                moved
                ? removalOfBucketRows(found) + notesOfRemoval(of: [found], changed.stamp)
                : readsMayLag ? notesOfTouch(of: id, changed.stamp) : []
            if isReworded { after += removalOfPostings(of: [found], replacedBy: [changed.item]) }
            if !after.isEmpty { try await store.write(after) }
            return true
        } catch {
            if case .conflict = error { return false }
            return try await inTables { () throws(StoreError) in throw error }
        }
    }

    /// Where logs are numbered reads are always of the present, and nobody has to be told that only the truth has changed.
    var readsMayLag: Bool { store.logOrder != .numbered }

    private func notesOfTouch(of id: String, _ stamp: WriteStamp) -> [Write] {
        index.generations.flatMap { $0.layout.notes(of: [.touched(id: id)], stamp, in: bucketsTable) }
    }

    /// Of each generation.
    func removalOfBucketRows(_ row: VectorRow) -> [Write] {
        bucketRows(of: row).map { generation, key in
            .deleteMatching(
                generation.layout.bucketKey(row.item.name, key), in: bucketsTable,
                attribute: "w", equals: .integer(row.bucketStamp.number))
        }
    }
}

// MARK: - Rules

extension VectorCollection {
    /// The item with its vector as it is stored; throws `invalid` when it cannot be.
    ///
    /// - Parameter field: What goes before a field's name in a violation; here and in the checks below made only for one.
    func stored(_ item: Item, field: @autoclosure () -> String) throws(WhiplashError) -> Item {
        try Names.check(id: item.id, field: field() + "id")
        try check(group: item.group, field: field() + "group")
        try check(vector: item.vector, field: field() + "vector")
        try check(text: item.text, field: field() + "text")
        try check(
            time: item.timestamp, Item.timestampRange, "of the years 1 to 9999", field: field() + "timestamp")
        try check(
            time: item.expiresAt, Item.expiryRange, "at most those of the year 9999",
            field: field() + "expires_at")
        if configuration.vectorType == .float32 { return item }
        var stored = item
        stored.vector = configuration.vectorType.rounded(item.vector)
        if let index = stored.vector.firstIndex(where: { !$0.isFinite }) {
            throw .invalid(
                Violation(
                    field: field() + "vector", expected: "numbers that float16 holds, up to 65,504",
                    received: "a larger one at index \(index)"))
        }
        try check(vector: stored.vector, field: field() + "vector")
        return stored
    }

    /// Throws `invalid` when a group is not named and the collection has groups, or the other way round.
    ///
    /// - Parameter expected: What is to be said when none is named.
    func check(
        group: String?, expected: String = "the item's group, as the collection has groups",
        field: @autoclosure () -> String = "group"
    ) throws(WhiplashError) {
        switch (group, configuration.grouping) {
        case (nil, false): break
        case (let group?, true): try Names.check(id: group, field: field())
        case (nil, true):
            throw .invalid(Violation(field: field(), expected: expected, received: "none"))
        case (.some, false):
            throw .invalid(
                Violation(
                    field: field(), expected: "none, as the collection was created without grouping",
                    received: "a group"))
        }
    }

    /// Throws `invalid` for a vector of another dimension, with NaN or infinity, or all zeros under cosine.
    func check(vector: [Float], field: @autoclosure () -> String) throws(WhiplashError) {
        func violation(_ expected: String, _ received: String) -> WhiplashError {
            .invalid(Violation(field: field(), expected: expected, received: received))
        }
        guard vector.count == configuration.featureCount else {
            throw violation("\(configuration.featureCount) numbers", "\(vector.count)")
        }
        // Without the sign, bits are in the order of the numbers: infinity and NaN come last.
        let largest = vector.reduce(0) { max($0, $1.magnitude.bitPattern) }
        if largest >= Float.infinity.bitPattern, let index = vector.firstIndex(where: { !$0.isFinite }) {
            throw violation("finite float32 numbers", "NaN or infinity at index \(index)")
        }
        if configuration.metric == .cosine, largest == 0 {
            throw violation("a vector with a direction, as cosine needs", "all zeros")
        }
    }

    /// Throws `invalid` for a time that cannot be one of seconds; an expiry that is over is taken, and the item then is not there.
    private func check(
        time: Int64?, _ range: ClosedRange<Int64>, _ rangeText: String, field: @autoclosure () -> String
    ) throws(WhiplashError) {
        guard let time, !range.contains(time) else { return }
        throw .invalid(
            Violation(field: field(), expected: "seconds since 1970, \(rangeText)", received: "\(time)"))
    }

    func checkSize(_ put: Write, field: @autoclosure () -> String) throws(WhiplashError) {
        do {
            try put.checkSize()
        } catch {
            guard case .tooLarge(let limit, let received) = error else { throw .store(error) }
            let field = field()
            let name = field.isEmpty ? "item" : String(field.dropLast())
            throw .tooLarge(field: name, limitBytes: limit, receivedBytes: received)
        }
    }
}

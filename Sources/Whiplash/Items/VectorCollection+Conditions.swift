import Storage

extension VectorCollection {
    /// Stores items, each on its condition.
    ///
    /// All are checked before any is stored; of several their conditions too, by one read. What has no condition is stored in one
    /// round trip. Of the others the bucket rows go with it, and their vectors each in a conditional write after it: a second
    /// round trip. So a write whose condition fails there leaves a hint for nothing.
    ///
    /// Without `partially` the first that fails ends the call, and nothing is stored. Only where another changes an item between the look
    /// at its condition and its write, others of the call may be stored all the same. A call that throws `store` may
    /// have stored a part.
    ///
    /// - Parameters:
    ///   - partially: Stores what can be stored, and tells of what cannot.
    ///   - field: What goes before a field's name in a violation of item `i`, such as `vectors[i].`.
    /// - Throws: `invalid` (also for an item twice among them), `tooLarge`, `conditionFailed`, `conflict`.
    public func write(
        _ writes: [ItemWrite], partially: Bool = false,
        field: @escaping @Sendable (Int) -> String = { "vectors[\($0)]." }
    ) async throws(WhiplashError) -> WriteReport {
        let collection = try await current()
        let stamp = origin.stamp()
        var batch = try await collection.checked(writes, stamp, partially, field)
        if batch.writes.count > 1 { try await collection.lookAtConditions(of: &batch) }
        if !batch.writes.isEmpty { try await collection.store(&batch, stamp) }
        return batch.report(of: writes.count)
    }

    private func store(_ batch: inout WriteBatch, _ stamp: WriteStamp) async throws(WhiplashError) {
        let first = writes(storing: batch.writes, stamp)
        let replaced = try await indexedRows(replacedBy: batch.writes.lazy.map(\.vector.item))
        try await inTables { () throws(StoreError) in try await store.write(first) }
        let refused = try await storeOnConditions(batch.writes)
        if refused.isEmpty, replaced.isEmpty, !isOld { return }
        let stored = batch.writes.filter { !refused.contains($0.position) }.map(\.vector)
        try await removePostings(of: replaced, replacedBy: stored.map(\.item))
        if isOld { try await completeIfOld(stored) }
        if !refused.isEmpty { try await drop(refused, of: &batch) }
    }

    /// Removes the postings of the texts that these items have replaced; those of other rows stay.
    private func removePostings(
        of rows: [VectorRow], replacedBy items: [Item]
    ) async throws(WhiplashError) {
        let names = Set(items.map(\.name))
        let needless = removalOfPostings(
            of: rows.filter { names.contains($0.item.name) }, replacedBy: items)
        if needless.isEmpty { return }
        try await inTables { () throws(StoreError) in try await store.write(needless) }
    }

    /// Throws `conditionFailed` when a version is given and a row is of another.
    func check(_ version: ItemVersion?, of row: VectorRow) throws(WhiplashError) {
        guard let version, version.stamp != row.stamp else { return }
        throw .conditionFailed(id: row.item.id, version: row.item.version, field: "version")
    }
}

extension VectorCollection {
    private func checked(
        _ writes: [ItemWrite], _ stamp: WriteStamp, _ partially: Bool,
        _ field: @escaping @Sendable (Int) -> String
    ) async throws(WhiplashError) -> WriteBatch {
        var batch = WriteBatch(isPartial: partially, field: field)
        var seen = Set<ItemName>()
        for (position, outcome) in try await outcomes(writes, stamp, field).enumerated() {
            let item = writes[position].item
            do throws(WhiplashError) {
                let checked = try outcome.get()
                guard seen.insert(item.name).inserted else { throw Self.twice(field(position)) }
                batch.add(checked)
            } catch {
                try batch.fail(position, id: item.id, error)
            }
        }
        return batch
    }

    /// Each write checked by itself. To sketch vectors and to pack them is most of a large batch's work, and is shared among cores.
    private func outcomes(
        _ writes: [ItemWrite], _ stamp: WriteStamp, _ field: @escaping @Sendable (Int) -> String
    ) async throws(WhiplashError) -> [Result<CheckedWrite, WhiplashError>] {
        let parts = stride(from: 0, to: writes.count, by: Self.checkedAtOnce).map { start in
            start..<min(start + Self.checkedAtOnce, writes.count)
        }
        let outcomes = try await inTables { () throws(StoreError) in
            try await concurrently(parts, width: parts.count) { part in
                part.map { position in
                    Result { () throws(WhiplashError) in
                        try checked(writes[position], position, stamp, field)
                    }
                }
            }
        }
        return outcomes.flatMap(\.self)
    }

    /// Enough that handing them over takes no time to speak of.
    private static let checkedAtOnce = 64

    private static func twice(_ field: String) -> WhiplashError {
        .invalid(
            Violation(field: field + "id", expected: "an id once in a batch", received: "the same id twice"))
    }

    private func checked(
        _ write: ItemWrite, _ position: Int, _ stamp: WriteStamp, _ field: (Int) -> String
    ) throws(WhiplashError) -> CheckedWrite {
        let item = try stored(write.item, field: field(position))
        let (vector, buckets) = rows(of: item, stamp)
        let put = put(vector)
        try checkSize(put, field: field(position))
        return CheckedWrite(
            position: position, condition: write.condition, vector: vector, put: put, buckets: buckets)
    }

    /// Takes out the writes whose condition does not hold.
    private func lookAtConditions(of batch: inout WriteBatch) async throws(WhiplashError) {
        let conditional = batch.writes.filter { $0.condition != nil }
        if conditional.isEmpty { return }
        let (found, field) = (try await truth(of: conditional), batch.field)
        try batch.drop { write in
            write.fault(found[layout.vectorKey(write.vector.item.name)], field: field(write.position))
        }
    }

    /// What is stored under the names of writes, without what has expired.
    private func truth(of writes: [CheckedWrite]) async throws(WhiplashError) -> [RowKey: VectorRow] {
        if writes.isEmpty { return [:] }
        let keys = writes.map { layout.vectorKey($0.vector.item.name) }
        let now = origin.seconds
        return try await storedRows(keys: keys, .strong).filter { !$0.value.isExpired(at: now) }
    }

    /// Stores the vectors of the writes that have a condition, where it holds.
    ///
    /// - Returns: The places of those of which it does not.
    private func storeOnConditions(_ writes: [CheckedWrite]) async throws(WhiplashError) -> Set<Int> {
        let conditional = writes.compactMap { write in
            write.condition.map { (position: write.position, put: write.put, condition: $0) }
        }
        if conditional.isEmpty { return [] }
        let (store, now) = (store, origin.seconds)
        let isStored = try await inTables { () throws(StoreError) in
            try await concurrently(conditional, width: Self.conditionalWidth) { write throws(StoreError) in
                try await store.writeIfHolds(write.put, write.condition.condition(at: now))
            }
        }
        return Set(zip(conditional, isStored).filter { !$1 }.map(\.0.position))
    }

    /// Takes out the writes whose condition did not hold when they were to be stored.
    private func drop(_ refused: Set<Int>, of batch: inout WriteBatch) async throws(WhiplashError) {
        let found = try await truth(of: batch.writes.filter { refused.contains($0.position) })
        let field = batch.field
        try batch.drop { write in
            guard refused.contains(write.position) else { return nil }
            // It may hold again by now: then others are at it.
            return write.fault(found[layout.vectorKey(write.vector.item.name)], field: field(write.position))
                ?? .conflict(
                    reason:
                        "item '\(write.vector.item.id)' is being changed by others; read it again and retry")
        }
    }

    /// Conditional writes are a request each; so many are under way.
    private static let conditionalWidth = 64
}

extension ItemCondition {
    fileprivate func condition(at now: Int64) -> Condition {
        switch self {
        case .absent: .vacant(at: now)
        case .version(let version):
            .alive(at: now, attribute: "w", equals: .integer(version.stamp.number))
        }
    }
}

extension Store {
    /// Writes a row if the condition holds, and tells whether it did.
    func writeIfHolds(_ write: Write, _ condition: Condition) async throws(StoreError) -> Bool {
        do {
            try await self.write(write, if: condition)
            return true
        } catch {
            guard case .conflict = error else { throw error }
            return false
        }
    }
}

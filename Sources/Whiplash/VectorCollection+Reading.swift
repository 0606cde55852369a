import Storage
import VectorIndex

extension VectorCollection {
    /// The items of these ids, in their order; nil where there is none. An id may stand there twice.
    ///
    /// - Throws: `invalid` for an id that no item can have, or a group where none or one is needed.
    public func items(ids: [String], in group: String? = nil) async throws(WhiplashError) -> [Item?] {
        let found = try await storedRows(ids, in: group)
        let now = origin.seconds
        return ids.map { id in
            found[layout.vectorKey(ItemName(id, in: group))].flatMap { $0.isExpired(at: now) ? nil : $0.item }
        }
    }

    /// The stored rows of these ids, by key, also of those that have expired.
    func storedRows(
        _ ids: [String], in group: String?
    ) async throws(WhiplashError) -> [RowKey: VectorRow] {
        for (position, id) in ids.enumerated() { try Names.check(id: id, field: "ids[\(position)]") }
        try check(group: group)
        let keys = Set(ids.map { layout.vectorKey(ItemName($0, in: group)) })
        return try await storedRows(keys: Array(keys), .strong)
    }

    func storedRows(
        keys: [RowKey], _ consistency: Consistency
    ) async throws(WhiplashError) -> [RowKey: VectorRow] {
        var found: [RowKey: VectorRow] = [:]
        for (key, row) in zip(keys, try await storedRows(at: keys, consistency)) { found[key] = row }
        return found
    }

    /// The stored rows under these keys, in their order; nil where there is none.
    func storedRows(
        at keys: [RowKey], _ consistency: Consistency
    ) async throws(WhiplashError) -> [VectorRow?] {
        let table = vectorsTable
        let addresses = keys.map { RowAddress(table, $0) }
        let rows = try await inTables { () throws(StoreError) in
            try await store.rows(at: addresses, consistency)
        }
        return try decode(rows)
    }

    private func decode(_ rows: [Row?]) throws(WhiplashError) -> [VectorRow?] {
        var decoded: [VectorRow?] = []
        decoded.reserveCapacity(rows.count)
        for row in rows {
            if let row { decoded.append(try decode(row)) } else { decoded.append(nil) }
        }
        return decoded
    }

    /// Those under the strong keys and then those under the others: two reads at the same time, of which each asks for its own consistency.
    func storedRows(
        strong: [RowKey], eventual: [RowKey]
    ) async throws(WhiplashError) -> [VectorRow?] {
        if strong.isEmpty { return try await storedRows(at: eventual, .eventual) }
        if eventual.isEmpty { return try await storedRows(at: strong, .strong) }
        let parts: [([RowKey], Consistency)] = [(strong, .strong), (eventual, .eventual)]
        let rows = try await inTables { () throws(StoreError) in
            try await concurrently(parts, width: 2) { part throws(StoreError) in
                try await store.rows(at: part.0.map { RowAddress(vectorsTable, $0) }, part.1)
            }
        }
        return try decode(rows.flatMap(\.self))
    }

    /// The stored row of an id; nil when there is none, or one that has expired.
    func storedRow(_ id: String, in group: String?) async throws(WhiplashError) -> VectorRow? {
        let row = try await storedRows([id], in: group).values.first
        return row.flatMap { $0.isExpired(at: origin.seconds) ? nil : $0 }
    }

    func decode(_ row: Row) throws(WhiplashError) -> VectorRow {
        guard let name = layout.item(ofVector: row.key) else {
            throw .store(.unreadable(reason: "a stored vector is of another collection"))
        }
        do {
            return try VectorRow(row, of: name, configuration)
        } catch {
            throw .store(error)
        }
    }
}

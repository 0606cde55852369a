import Storage
import VectorIndex

extension VectorCollection {
    /// The items of these ids, in their order; nil where there is none. An id may stand there twice.
    ///
    /// - Throws: `invalid` for an id that no item can have.
    public func items(ids: [String]) async throws(WhiplashError) -> [Item?] {
        let found = try await storedRows(ids)
        return ids.map { found[vectorKey($0)]?.item }
    }

    /// A page of all items, in the store's order: each item once, if it is there all the while.
    ///
    /// - Parameter limit: At least 1.
    /// - Throws: `invalid` for a cursor that is not one of this collection's.
    public func list(limit: Int, cursor: String?) async throws(WhiplashError) -> ItemPage {
        let after = try cursor.map { cursor throws(WhiplashError) in try decode(cursor) }
        let scan = TableScan(vectorsTable, after: after, limit: limit, consistency: .strong)
        let page = try await inTables { () throws(StoreError) in try await store.scan(scan) }
        let items = try page.rows.filter(isOurs).map { row throws(WhiplashError) in try decode(row).item }
        return ItemPage(items: items, cursor: page.next.map(encode))
    }

    /// The stored rows of these ids, by key.
    func storedRows(_ ids: [String]) async throws(WhiplashError) -> [RowKey: VectorRow] {
        for (position, id) in ids.enumerated() { try Names.check(id: id, field: "ids[\(position)]") }
        let keys = Set(ids.map(vectorKey))
        return try await storedRows(keys: Array(keys), .strong)
    }

    func storedRows(
        keys: [RowKey], _ consistency: Consistency
    ) async throws(WhiplashError) -> [RowKey: VectorRow] {
        let addresses = keys.map { RowAddress(vectorsTable, $0) }
        let rows = try await inTables { () throws(StoreError) in
            try await store.rows(at: addresses, consistency)
        }
        return try decode(rows)
    }

    private func decode(_ rows: some Sequence<Row?>) throws(WhiplashError) -> [RowKey: VectorRow] {
        var found: [RowKey: VectorRow] = [:]
        for case let row? in rows { found[row.key] = try decode(row) }
        return found
    }

    /// Two reads at the same time, of which each asks for its own consistency.
    func storedRows(
        strong: [RowKey], eventual: [RowKey]
    ) async throws(WhiplashError) -> [RowKey: VectorRow] {
        if strong.isEmpty { return try await storedRows(keys: eventual, .eventual) }
        if eventual.isEmpty { return try await storedRows(keys: strong, .strong) }
        let parts: [([RowKey], Consistency)] = [(strong, .strong), (eventual, .eventual)]
        let rows = try await inTables { () throws(StoreError) in
            try await concurrently(parts, width: 2) { part throws(StoreError) in
                try await store.rows(at: part.0.map { RowAddress(vectorsTable, $0) }, part.1)
            }
        }
        return try decode(rows.joined())
    }

    func storedRow(_ id: String) async throws(WhiplashError) -> VectorRow? {
        try await storedRows([id]).values.first
    }

    func vectorKey(_ id: String) -> RowKey { VectorRow.key(id: id, configuration) }

    /// Whether a row of the vectors table belongs to this collection, and not to an earlier one of its name.
    func isOurs(_ row: Row) -> Bool { row.key.sort == configuration.incarnation }

    func decode(_ row: Row) throws(WhiplashError) -> VectorRow {
        do {
            return try VectorRow(row, dimension: configuration.featureCount)
        } catch {
            throw .store(error)
        }
    }
}

// MARK: - Cursors

extension VectorCollection {
    /// The incarnation, so that a cursor of another collection is told from ours, and the last row's partition in hexadecimal.
    private func encode(_ key: RowKey) -> String {
        configuration.incarnation + "."
            + key.partition.utf8.map { byte in fixedWidthBase16(byte) }.joined()
    }

    private func decode(_ cursor: String) throws(WhiplashError) -> RowKey {
        let parts = cursor.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == configuration.incarnation,
            let id = text(hexadecimal: parts[1]), Names.idBytes.contains(id.utf8.count)
        else {
            throw .invalid(
                Violation(
                    field: "cursor", expected: "a cursor that a page of this collection gave",
                    received: "something else"))
        }
        return vectorKey(id)
    }
}

private func fixedWidthBase16(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
}

private func text(hexadecimal digits: Substring) -> String? {
    let digits = Array(digits.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { start in
        UInt8(String(decoding: digits[start...start + 1], as: UTF8.self), radix: 16)
    }
    return bytes.count == digits.count / 2 ? String(validating: bytes, as: UTF8.self) : nil
}

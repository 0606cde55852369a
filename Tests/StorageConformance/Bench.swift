import Storage

/// A store under test and two tables of the check's own.
struct Bench: Sendable {
    let store: any Store
    let table: TableName
    let other: TableName
    /// A legal name under which there is no table.
    let missing: TableName

    /// Runs `body` on a fresh bench and clears it away, whatever happened.
    static func with(_ store: any Store, _ body: (Bench) async throws -> Void) async throws {
        let name = "conformance_\(UInt64.random(in: 0...UInt64.max))"
        let bench = Bench(
            store: store, table: TableName(name + "_a"), other: TableName(name + ".b-"),
            missing: TableName(name + "_none"))
        for table in [bench.table, bench.other] { try await store.createTable(table) }
        let result: Result<Void, any Error>
        do { result = .success(try await body(bench)) } catch { result = .failure(error) }
        for table in [bench.table, bench.other, bench.missing] { try await store.deleteTable(table) }
        try result.get()
    }

    func put(_ rows: [Row], in table: TableName? = nil) async throws {
        try await store.write(rows.map { .put($0, in: table ?? self.table) })
    }

    func row(_ key: RowKey) async throws -> Row? {
        try await store.rows(at: [RowAddress(table, key)], .strong).first.flatMap { $0 }
    }

    /// Every row of a range, from as many pages as it takes.
    func all(_ query: RangeQuery) async throws -> [Row] {
        var (query, rows) = (query, [Row]())
        repeat {
            let page = try await store.query(query)
            try expect(page.rows.count <= query.limit ?? .max, "a page is larger than its limit")
            rows += page.rows
            query.after = page.next
        } while query.after != nil
        return rows
    }

    /// Every row of a table or segment, from as many pages as it takes.
    func all(_ scan: TableScan) async throws -> [Row] {
        var (scan, rows) = (scan, [Row]())
        repeat {
            let page = try await store.scan(scan)
            try expect(page.rows.count <= scan.limit ?? .max, "a page is larger than its limit")
            rows += page.rows
            scan.after = page.next
        } while scan.after != nil
        return rows
    }

    /// The whole table, in key order.
    func contents(of table: TableName? = nil) async throws -> [Row] {
        try await all(TableScan(table ?? self.table, consistency: .strong)).sorted { $0.key < $1.key }
    }
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw ConformanceFailure(message()) }
}

func expectEqual(_ received: [Row], _ expected: [Row], _ what: String) throws {
    if received == expected { return }
    let place = zip(received, expected).prefix { $0 == $1 }.count
    func shown(_ rows: [Row]) -> String { place < rows.count ? rows[place].key.shown : "nothing" }
    var message =
        "\(what): \(received.count) rows of \(expected.count); at \(place) expected \(shown(expected))"
    message += ", received \(shown(received))"
    if shown(received) == shown(expected) { message += " with other attributes" }
    throw ConformanceFailure(message)
}

/// Expects a `StoreError` for which `isExpected` holds.
func expectError(
    _ what: String, _ isExpected: (StoreError) -> Bool, _ body: () async throws -> Void
) async throws {
    do {
        try await body()
    } catch let error as StoreError where isExpected(error) {
        return
    } catch {
        throw ConformanceFailure("\(what): another error, \(error)")
    }
    throw ConformanceFailure("\(what): no error")
}

extension StoreError {
    var isConflict: Bool { if case .conflict = self { true } else { false } }

    var isCancelled: Bool { if case .cancelled = self { true } else { false } }

    var isTooLarge: Bool { if case .tooLarge = self { true } else { false } }

    func isNotFound(_ table: TableName) -> Bool {
        if case .notFound(let name) = self { name == table } else { false }
    }
}

extension RowKey {
    /// Short, and different for keys that only look alike.
    var shown: String {
        [partition, sort].map { text in
            text.utf8.count > 40
                ? "\(text.prefix(8))…(\(text.utf8.count))"
                : text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
        }.joined(separator: "/")
    }
}

/// A row with one number in it.
func row(_ partition: String, _ sort: String, _ number: Int64 = 0) -> Row {
    Row(key: RowKey(partition: partition, sort: sort), attributes: ["n": .integer(number)])
}

/// `1` as `0001`, so that numbers sort as texts do.
func padded(_ number: Int, _ width: Int = 4) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

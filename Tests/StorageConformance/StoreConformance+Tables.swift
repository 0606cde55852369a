import Storage

extension StoreConformance {
    static let tableChecks = [
        Check("A new table is empty") { bench in
            try expectEqual(try await bench.contents(), [], "a new table")
        },
        Check("Creating a table that exists leaves its rows") { bench in
            try await bench.put([row("p", "s", 1)])
            try await bench.store.createTable(bench.table)
            try expectEqual(try await bench.contents(), [row("p", "s", 1)], "after creating again")
        },
        Check("A table created by many at once is there once") { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await bench.store.createTable(bench.missing) } }
                try await group.waitForAll()
            }
            try await bench.put([row("p", "s")], in: bench.missing)
            try expectEqual(try await bench.contents(of: bench.missing), [row("p", "s")], "the table")
        },
        Check("Removing a missing table is no error") { bench in
            try await bench.store.deleteTable(bench.missing)
        },
        Check("A removed table is gone with its rows, and its name is free") { bench in
            try await bench.put([row("p", "s")])
            try await bench.put([row("p", "s")], in: bench.other)
            try await bench.store.deleteTable(bench.table)
            try await expectError("query", { $0.isNotFound(bench.table) }) {
                _ = try await bench.store.query(
                    RangeQuery(bench.table, partition: "p", consistency: .strong))
            }
            try await bench.store.createTable(bench.table)
            try expectEqual(try await bench.contents(), [], "the new table")
            try expectEqual(try await bench.contents(of: bench.other), [row("p", "s")], "another table")
        },
        Check("A missing table is not found, whatever is asked of it", missingTable),
        Check("Rows are counted, those of other tables are not; or told as of an earlier time") { bench in
            func expectCount(_ expected: Int, _ place: String) async throws {
                guard let count = try await bench.store.rowCount(of: bench.table) else { return }
                try expect(!count.isExact || count.value == expected, "\(place): \(count)")
            }
            try await expectCount(0, "a new table")
            try await bench.put([row("p", "s"), row("p", "t"), row("q", "s")])
            try await bench.put([row("p", "s")], in: bench.other)
            try await bench.put([row("p", "s", 2)])
            try await expectCount(3, "after three rows, one of them twice")
            try await bench.store.write([.delete(RowKey(partition: "p", sort: "t"), in: bench.table)])
            try await expectCount(2, "after a deletion")
        },
        Check("A batch that names a missing table throws not found") { bench in
            try await expectError("write", { $0.isNotFound(bench.missing) }) {
                try await bench.store.write([
                    .put(row("p", "s"), in: bench.table), .put(row("p", "s"), in: bench.missing),
                ])
            }
        },
    ]

    @Sendable private static func missingTable(_ bench: Bench) async throws {
        let (store, table, key) = (bench.store, bench.missing, RowKey(partition: "p", sort: "s"))
        func expectNotFound(_ what: String, _ body: () async throws -> Void) async throws {
            try await expectError(what, { $0.isNotFound(table) }, body)
        }
        try await expectNotFound("put") { try await store.write([.put(Row(key: key), in: table)]) }
        try await expectNotFound("delete") { try await store.write([.delete(key, in: table)]) }
        try await expectNotFound("put if absent") {
            try await store.write(.put(Row(key: key), in: table), if: .absent)
        }
        try await expectNotFound("delete if equal") {
            try await store.write(.delete(key, in: table), if: .equals(attribute: "a", .integer(1)))
        }
        try await expectNotFound("rows") { _ = try await store.rows(at: [RowAddress(table, key)], .eventual) }
        try await expectNotFound("query") {
            _ = try await store.query(RangeQuery(table, partition: "p", consistency: .eventual))
        }
        if try await store.rowCount(of: bench.table) != nil {
            try await expectNotFound("count") { _ = try await store.rowCount(of: table) }
        }
        try await expectNotFound("scan") { _ = try await store.scan(TableScan(table, consistency: .strong)) }
    }
}

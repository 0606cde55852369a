import Storage

extension StoreConformance {
    static let batchChecks = [
        Check("Nothing to write and nothing to read is no error") { bench in
            try await bench.store.write([])
            try expect(try await bench.store.rows(at: [], .strong).isEmpty, "rows of no address")
        },
        Check("A batch spans tables, and may hold puts and deletes") { bench in
            let (first, second) = (row("p", "1"), row("p", "2"))
            try await bench.put([first], in: bench.table)
            try await bench.put([first], in: bench.other)
            try await bench.store.write([
                .delete(first.key, in: bench.table), .put(second, in: bench.table),
                .put(second, in: bench.other),
            ])
            try expectEqual(try await bench.contents(), [second], "one table")
            try expectEqual(try await bench.contents(of: bench.other), [first, second], "the other")
        },
        Check("A batch may be of any size", largeBatch),
        Check("Rows come in the order of their addresses, nil where there is none") { bench in
            try await bench.put([row("p", "1"), row("p", "3")])
            try await bench.put([row("p", "2")], in: bench.other)
            let addresses = [
                ("3", bench.table), ("2", bench.table), ("2", bench.other), ("1", bench.table),
                ("1", bench.other),
            ].map { RowAddress($1, RowKey(partition: "p", sort: $0)) }
            let found = try await bench.store.rows(at: addresses, .strong)
            let sorts = found.map { $0?.key.sort }
            try expect(sorts == ["3", nil, "2", "1", nil], "the rows are \(sorts)")
        },
        Check("Removing a missing row is no error, and writes may be repeated") { bench in
            let writes: [Write] = [
                .put(row("p", "1", 5), in: bench.table),
                .delete(RowKey(partition: "p", sort: "2"), in: bench.table),
            ]
            for _ in 0..<3 { try await bench.store.write(writes) }
            try expectEqual(try await bench.contents(), [row("p", "1", 5)], "after three times")
        },
        Check("Large rows in number are written, read, queried and scanned", largeRows),
        Check("One row too large stores nothing of itself") { bench in
            let large = row("p", "large", bytes: StoreLimits.rowBytes + 1)
            try await expectError("the batch", \.isTooLarge) {
                try await bench.store.write([
                    .put(row("p", "small"), in: bench.table), .put(large, in: bench.table),
                ])
            }
            try expect(try await bench.row(large.key) == nil, "the row is there")
        },
    ]

    @Sendable private static func largeBatch(_ bench: Bench) async throws {
        let rows = (0..<330).map { row("p\($0 % 7)", padded($0), Int64($0)) }
        let tables = [bench.table, bench.other]
        try await bench.store.write(
            rows.enumerated().map { .put($1, in: tables[$0 % 2]) }
                + rows.enumerated().map { .put($1, in: tables[1 - $0 % 2]) })
        let addresses = tables.flatMap { table in rows.map { RowAddress(table, $0.key) } }.shuffled()
        let found = try await bench.store.rows(at: addresses, .strong)
        try expect(found.map { $0?.key } == addresses.map(\.key), "the rows are not those asked for")
        try await bench.store.write(rows.dropLast().map { .delete($0.key, in: bench.table) })
        try expectEqual(try await bench.contents(), [rows[329]], "after deletes")
        try expect(try await bench.contents(of: bench.other).count == 330, "the other table lost rows")
    }

    /// 28 rows of 390 KB: more than DynamoDB takes in one request (25 rows) or gives in a page (1 MB).
    @Sendable private static func largeRows(_ bench: Bench) async throws {
        let rows = (0..<28).map { row("p", padded($0), bytes: 390 * 1024) }
        try await bench.put(rows)
        let found = try await bench.store.rows(at: rows.map { RowAddress(bench.table, $0.key) }, .strong)
        try expectEqual(found.compactMap { $0 }, rows, "rows")
        let query = RangeQuery(bench.table, partition: "p", consistency: .strong)
        try expectEqual(try await bench.all(query), rows, "query")
        try expectEqual(try await bench.contents(), rows, "scan")
    }
}

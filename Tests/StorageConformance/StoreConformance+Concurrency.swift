import Storage

extension StoreConformance {
    static let cancellationChecks = [
        Check("Every call in a cancelled task throws cancelled") { bench in
            let (store, table, key) = (bench.store, bench.table, RowKey(partition: "p", sort: "s"))
            let calls: [@Sendable () async throws -> Void] = [
                { try await store.createTable(table) },
                { try await store.write([.put(Row(key: key), in: table)]) },
                { try await store.write(.put(Row(key: key), in: table), if: .absent) },
                { _ = try await store.rows(at: [RowAddress(table, key)], .strong) },
                { _ = try await store.query(RangeQuery(table, partition: "p", consistency: .strong)) },
                { _ = try await store.scan(TableScan(table, consistency: .strong)) },
                { try await store.deleteTable(table) },
            ]
            for (index, call) in calls.enumerated() {
                try await expectError("call \(index)", \.isCancelled) {
                    try await Task {
                        withUnsafeCurrentTask { $0?.cancel() }
                        try await call()
                    }.value
                }
            }
            try expectEqual(try await bench.contents(), [], "the table, which is still there")
        }
    ]

    static let concurrencyChecks = [
        Check("Of racing puts if absent just one wins") { bench in
            for round in 0..<5 {
                let winners = try await gather(0..<12) { racer in
                    let row = row("p", padded(round), racer)
                    return try await succeeds {
                        try await bench.store.write(.put(row, in: bench.table), if: .absent)
                    }
                        ? racer : nil
                }.compactMap { $0 }
                try expect(winners.count == 1, "\(winners.count) won")
                let stored = try await bench.row(RowKey(partition: "p", sort: padded(round)))?.integer("n")
                try expect(stored == winners[0], "the row is not the winner's")
            }
        },
        Check("Counting by condition loses no count") { bench in
            let key = row("p", "count").key
            try await bench.put([row("p", "count", 0)])
            _ = try await gather(0..<6) { _ in
                var done = 0
                while done < 5 {
                    let count = try await bench.row(key)?.integer("n") ?? 0
                    let write = Write.put(row("p", "count", count + 1), in: bench.table)
                    if try await succeeds({
                        try await bench.store.write(write, if: .equals(attribute: "n", .integer(count)))
                    }) {
                        done += 1
                    }
                }
            }
            try expect(try await bench.row(key)?.integer("n") == 30, "counts were lost")
        },
        Check("Writers at the same time lose nothing") { bench in
            _ = try await gather(0..<8) { writer in
                for batch in 0..<4 {
                    let rows = (0..<30).map { row("p\(writer)", padded(batch * 30 + $0), writer) }
                    try await bench.put(rows)
                }
            }
            let expected = (0..<8).flatMap { writer in (0..<120).map { row("p\(writer)", padded($0), writer) }
            }
            try expectEqual(try await bench.contents(), expected, "all rows")
        },
        Check("Writers of one row leave one of their rows, whole") { bench in
            _ = try await gather(0..<8) { writer in
                for _ in 0..<10 {
                    let attributes: Attributes = ["a": .integer(writer), "b": .text("\(writer)")]
                    try await bench.put([Row(key: RowKey(partition: "p", sort: "s"), attributes: attributes)])
                }
            }
            let row = try await bench.row(RowKey(partition: "p", sort: "s"))
            try expect(row?.integer("a").map { "\($0)" } == row?.text("b") && row != nil, "the row is torn")
        },
    ]

    /// Runs `body` for all at once.
    private static func gather<Value: Sendable>(
        _ range: Range<Int64>, _ body: @escaping @Sendable (Int64) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for index in range { group.addTask { try await body(index) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// False when the write met a conflict.
    private static func succeeds(_ write: () async throws -> Void) async throws -> Bool {
        do {
            try await write()
            return true
        } catch StoreError.conflict {
            return false
        }
    }
}

import Storage

extension StoreConformance {
    /// Far ahead: no back end removes the row by itself while a check runs.
    private static let time: Int64 = 4_000_000_000

    private static func expiring(_ number: Int64, at time: Int64 = time) -> Row {
        var row = row("p", "s", number)
        row.attributes[Row.expiry] = .integer(time)
        return row
    }

    static let expiryChecks = [
        Check("A row with a time is given back with it, whatever the way") { bench in
            let stored = expiring(1)
            try await bench.put([stored])
            try expect(try await bench.row(stored.key) == stored, "the row differs")
            try expectEqual(
                try await bench.all(RangeQuery(bench.table, partition: "p", consistency: .strong)), [stored],
                "query")
            try expectEqual(try await bench.contents(), [stored], "scan")
            try expect(!stored.isExpired(at: time - 1) && stored.isExpired(at: time), "the second it ends")
        },
        Check("A place is vacant without a row, or behind its time") { bench in
            func put(_ row: Row, at now: Int64) async throws {
                try await bench.store.write(.put(row, in: bench.table), if: .vacant(at: now))
            }
            try await put(expiring(1), at: time)
            try await expectError("before its time", \.isConflict) {
                try await put(expiring(2), at: time - 1)
            }
            try expectEqual(try await bench.contents(), [expiring(1)], "after the conflict")
            try await put(row("p", "s", 3), at: time)
            try await expectError("a row without a time", \.isConflict) {
                try await put(expiring(4), at: .max)
            }
            try expectEqual(try await bench.contents(), [row("p", "s", 3)], "the row that stays")
        },
        Check("A row is alive before its time, with the very value") { bench in
            func put(_ row: Row, over number: Int64, at now: Int64) async throws {
                try await bench.store.write(
                    .put(row, in: bench.table),
                    if: .alive(at: now, attribute: "n", equals: .integer(number)))
            }
            try await expectError("no row", \.isConflict) { try await put(expiring(1), over: 1, at: 0) }
            try await bench.put([expiring(1)])
            try await expectError("another value", \.isConflict) {
                try await put(expiring(2), over: 2, at: 0)
            }
            try await expectError("its time is over", \.isConflict) {
                try await put(expiring(2), over: 1, at: time)
            }
            try await put(row("p", "s", 2), over: 1, at: time - 1)
            try await put(row("p", "s", 3), over: 2, at: .max)
            try expectEqual(try await bench.contents(), [row("p", "s", 3)], "the row")
            try await bench.store.write(
                .delete(row("p", "s").key, in: bench.table),
                if: .alive(at: 0, attribute: "n", equals: .integer(3)))
            try expectEqual(try await bench.contents(), [], "after the delete")
        },
    ]
}

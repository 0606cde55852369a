import Storage

extension StoreConformance {
    static let conditionChecks = [
        Check("A put if absent happens once") { bench in
            try await bench.store.write(.put(row("p", "s", 1), in: bench.table), if: .absent)
            try await expectError("the second", \.isConflict) {
                try await bench.store.write(.put(row("p", "s", 2), in: bench.table), if: .absent)
            }
            try expectEqual(try await bench.contents(), [row("p", "s", 1)], "the row")
            try await bench.store.write([.delete(row("p", "s").key, in: bench.table)])
            try await bench.store.write(.put(row("p", "s", 3), in: bench.table), if: .absent)
            try expectEqual(try await bench.contents(), [row("p", "s", 3)], "after a delete")
        },
        Check("A put if equal needs the very value, in a row that is there", putIfEqual),
        Check("A delete keeps to its condition") { bench in
            let (table, key) = (bench.table, row("p", "s").key)
            try await bench.put([row("p", "s", 1)])
            for condition in [Condition.absent, .equals(attribute: "n", .integer(2))] {
                try await expectError("delete", \.isConflict) {
                    try await bench.store.write(.delete(key, in: table), if: condition)
                }
            }
            try await bench.store.write(.delete(key, in: table), if: .equals(attribute: "n", .integer(1)))
            try expectEqual(try await bench.contents(), [], "after the delete")
            try await bench.store.write(.delete(key, in: table), if: .absent)
        },
        Check("A matching delete removes a row that still holds the value, and leaves any other") { bench in
            try await bench.put([row("p", "same", 1), row("p", "changed", 2), row("p", "kept", 3)])
            func removal(_ sort: String, in table: TableName) -> Write {
                .deleteMatching(
                    RowKey(partition: "p", sort: sort), in: table, attribute: "n", equals: .integer(1))
            }
            try await bench.store.write(
                ["same", "changed", "missing"].map { removal($0, in: bench.table) } + [
                    .put(row("p", "new", 4), in: bench.table), .delete(row("p", "kept").key, in: bench.table),
                ])
            try expectEqual(
                try await bench.contents(), [row("p", "changed", 2), row("p", "new", 4)], "the rows")
            try await expectError("a missing table", { $0.isNotFound(bench.missing) }) {
                try await bench.store.write([removal("same", in: bench.missing)])
            }
        },
        Check("A condition looks at its own row alone") { bench in
            try await bench.put([row("p", "other", 1), row("q", "s", 1)])
            try await bench.put([row("p", "s", 1)], in: bench.other)
            try await bench.store.write(.put(row("p", "s", 2), in: bench.table), if: .absent)
            try expect(
                try await bench.row(RowKey(partition: "p", sort: "s")) == row("p", "s", 2), "not stored")
        },
    ]

    /// Values that are alike and not the same: another type, another spelling.
    @Sendable private static func putIfEqual(_ bench: Bench) async throws {
        let values: [StoredValue] = [
            .integer(1), .text("1"), .bytes([0x31]), .text(""), .bytes([]), .integer(0), .text("caf\u{E9}"),
            .text("cafe\u{301}"), .integer(.max), .integer(.max - 1), .integer(.min),
        ]
        let key = RowKey(partition: "p", sort: "s")
        let after = Row(key: key, attributes: ["done": .integer(1)])
        for (index, stored) in values.enumerated() {
            let before = Row(key: key, attributes: ["name": stored])
            try await bench.put([before])
            for (other, value) in values.enumerated() where other != index {
                try await expectError("value \(other) against \(index)", \.isConflict) {
                    try await bench.store.write(
                        .put(after, in: bench.table), if: .equals(attribute: "name", value))
                }
            }
            try expectEqual(try await bench.contents(), [before], "after conflicts")
            try await bench.store.write(.put(after, in: bench.table), if: .equals(attribute: "name", stored))
            try expectEqual(try await bench.contents(), [after], "after the right value")
            try await expectError("a missing attribute", \.isConflict) {
                try await bench.store.write(
                    .put(before, in: bench.table), if: .equals(attribute: "name", stored))
            }
        }
        let absent = Row(key: RowKey(partition: "p", sort: "none"))
        try await expectError("a missing row", \.isConflict) {
            try await bench.store.write(
                .put(absent, in: bench.table), if: .equals(attribute: "name", .integer(1)))
        }
    }
}

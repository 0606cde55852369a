import Storage

extension StoreConformance {
    static let valueChecks = [
        Check("Values come back bit for bit") { bench in
            let rows = sampleValues.enumerated().map { index, value in
                Row(key: RowKey(partition: "p", sort: padded(index)), attributes: ["v": value])
            }
            try await bench.put(rows)
            let query = RangeQuery(bench.table, partition: "p", consistency: .strong)
            try expectEqual(try await bench.all(query), rows, "query")
            try expectEqual(try await bench.contents(), rows, "scan")
            let found = try await bench.store.rows(at: rows.map { RowAddress(bench.table, $0.key) }, .strong)
            try expectEqual(found.compactMap { $0 }, rows, "rows")
        },
        Check("A row holds any number of attributes, of any name, or none") { bench in
            let names =
                (0..<50).map { "a\($0)" } + [
                    "name", "size", "a.b", "a-b", "a b", "#n", ":v", "é", "\"", "N", "n",
                ]
            var full = Row(key: RowKey(partition: "p", sort: "full"))
            for name in names { full.attributes[name] = .text(name) }
            let empty = Row(key: RowKey(partition: "p", sort: "empty"))
            try await bench.put([full, empty])
            try expectEqual(try await bench.contents(), [empty, full], "both")
        },
        Check("Putting a row replaces it whole") { bench in
            let key = RowKey(partition: "p", sort: "s")
            try await bench.put([Row(key: key, attributes: ["a": .integer(1), "b": .text("x")])])
            let second = Row(key: key, attributes: ["b": .bytes([1])])
            try await bench.put([second])
            try expectEqual(try await bench.contents(), [second], "replaced")
        },
        Check("A row of just 400 KB is taken, a larger one is too large and stores nothing") { bench in
            let largest = row("p", "s", bytes: StoreLimits.rowBytes)
            try await bench.put([largest])
            try expectEqual(try await bench.contents(), [largest], "the largest row")
            try await bench.store.write([.delete(largest.key, in: bench.table)])
            let larger = row("p", "s", bytes: StoreLimits.rowBytes + 1)
            try await expectError("a batch", \.isTooLarge) {
                try await bench.store.write([.put(larger, in: bench.table)])
            }
            try await expectError("on condition", \.isTooLarge) {
                try await bench.store.write(.put(larger, in: bench.table), if: .absent)
            }
            try expectEqual(try await bench.contents(), [], "after the refusals")
        },
    ]

    private static let sampleValues: [StoredValue] =
        [0, 1, -1, 9, 10, -10, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, .max, .max - 1, .min, .min + 1].map {
            .integer($0)
        }
        + [
            "", " ", "a", "caf\u{E9}", "cafe\u{301}", "\u{0}", "a\u{0}b", "\"\\/\n\r\t",
            "😀\u{10FFFF}\u{FEFF}", "1", "null",
        ]
        .map { .text($0) }
        + [
            [], [0], [0xFF], [0, 0, 0], Array(0...255), Array("text".utf8),
            [UInt8](repeating: 0xC3, count: 4097),
            [0x1F, 0x8B, 8, 0],
        ].map { .bytes($0) }
}

/// A row of just this many bytes as DynamoDB counts them.
func row(_ partition: String, _ sort: String, bytes: Int) -> Row {
    let empty = Row(key: RowKey(partition: partition, sort: sort), attributes: ["v": .bytes([])])
    let count = bytes - empty.storedSizeBytes
    let filling = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    return Row(key: empty.key, attributes: ["v": .bytes(filling)])
}

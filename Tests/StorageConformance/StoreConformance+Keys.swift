import Storage

/// Sort keys in the order of their UTF-8 bytes: short before long, upper case before lower, a decomposed
/// "é" before the composed one, a surrogate pair of UTF-16 after the rest of the basic plane.
let orderedSorts = [
    "\u{0}", "\u{0}\u{0}", "\u{1}", " ", "!", "%", "'", "-", "0", "00", "01", "1", "10", "2", "A", "B", "Z",
    "\\", "_",
    "a", "a\u{0}", "a\u{0}b", "a ", "ab", "b", "e", "e\u{301}", "f", "z", "~", "\u{7F}", "\u{80}", "ß", "é",
    "я", "中",
    "\u{D7FF}", "\u{E000}", "ﬀ", "\u{FFFF}", "𐀀", "😀", "\u{10FFFF}",
]

extension StoreConformance {
    static let keyChecks = [
        Check("Sort keys are ordered by their UTF-8 bytes, in both directions") { bench in
            let rows = orderedSorts.map { row("p", $0) }
            try await bench.put(rows.shuffled())
            let query = RangeQuery(bench.table, partition: "p", consistency: .strong)
            try expectEqual(try await bench.all(query), rows, "ascending")
            var backwards = query
            backwards.descending = true
            try expectEqual(try await bench.all(backwards), rows.reversed(), "descending")
        },
        Check("Keys that differ in bytes alone are two keys, as sort and as partition") { bench in
            let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
            let rows = [
                row(decomposed, "s", 1), row(composed, "s", 2), row("p", decomposed, 3),
                row("p", composed, 4),
            ]
            try await bench.put(rows)
            for row in rows {
                try expectEqual([try await bench.row(row.key)].compactMap { $0 }, [row], "get")
            }
            for partition in [composed, decomposed] {
                let query = RangeQuery(bench.table, partition: partition, consistency: .strong)
                try expectEqual(try await bench.all(query).count == 1 ? [] : [row("one", "row")], [], "query")
            }
            try await bench.store.write([.delete(rows[0].key, in: bench.table)])
            try expectEqual(
                try await bench.contents(), [rows[1], rows[2], rows[3]].sorted { $0.key < $1.key }, "left")
        },
        Check("Every kind of key can be read, replaced and removed alone") { bench in
            for sort in orderedSorts { try await bench.put([row(sort, sort, 1)]) }
            for sort in orderedSorts { try await bench.put([row(sort, sort, 2)]) }
            let rows = orderedSorts.map { row($0, $0, 2) }
            try expectEqual(try await bench.contents(), rows, "replaced")
            for sort in orderedSorts {
                try await bench.store.write([.delete(RowKey(partition: sort, sort: sort), in: bench.table)])
            }
            try expectEqual(try await bench.contents(), [], "removed")
        },
        Check("A range holds its lower end and not its upper", ranges),
        Check("A partition's rows are its own") { bench in
            let rows = ["a", "a ", "aa", "b"].flatMap { partition in
                [row(partition, "1"), row(partition, "2")]
            }
            try await bench.put(rows)
            let query = RangeQuery(bench.table, partition: "a", consistency: .strong)
            try expectEqual(try await bench.all(query), [row("a", "1"), row("a", "2")], "partition a")
            let none = RangeQuery(bench.table, partition: "c", consistency: .strong)
            try expectEqual(try await bench.all(none), [], "partition c")
        },
        Check("Keys as long as the limit are taken, longer ones are too large and store nothing", keyLimits),
    ]

    @Sendable private static func ranges(_ bench: Bench) async throws {
        let sorts = orderedSorts
        try await bench.put(sorts.map { row("p", $0) })
        let ends: [String?] = [nil, "", "a", "a!", "e\u{301}", "é", "中", "\u{10FFFF}", "\u{10FFFF}z"]
        for lower in ends {
            for upper in ends {
                let expected = sorts.filter { sort in
                    !(lower.map { sort.precedes($0) } ?? false) && upper.map { sort.precedes($0) } ?? true
                }.map { row("p", $0) }
                for (descending, limit) in [(false, nil), (true, nil), (false, 3), (true, 1)] {
                    let query = RangeQuery(
                        bench.table, partition: "p", lower: lower, upper: upper, descending: descending,
                        limit: limit,
                        consistency: .strong)
                    let name = "range \(lower ?? "nil") ..< \(upper ?? "nil"), descending \(descending)"
                    try expectEqual(
                        try await bench.all(query), descending ? expected.reversed() : expected, name)
                }
            }
        }
    }

    @Sendable private static func keyLimits(_ bench: Bench) async throws {
        let partition = String(repeating: "é", count: StoreLimits.partitionKeyBytes / 2)
        let sort = String(repeating: "s", count: StoreLimits.sortKeyBytes)
        try await bench.put([row(partition, sort, 7)])
        try expectEqual(try await bench.contents(), [row(partition, sort, 7)], "the longest keys")
        for key in [RowKey(partition: partition + "x", sort: "s"), RowKey(partition: "p", sort: sort + "x")] {
            for write in [Write.put(Row(key: key), in: bench.table), .delete(key, in: bench.table)] {
                try await expectError("a batch", \.isTooLarge) { try await bench.store.write([write]) }
                try await expectError("on condition", \.isTooLarge) {
                    try await bench.store.write(write, if: .absent)
                }
            }
        }
        try expectEqual(try await bench.contents(), [row(partition, sort, 7)], "after the refusals")
    }
}

extension String {
    /// Whether these UTF-8 bytes come before the other's.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

import Storage

extension StoreConformance {
    static let pageChecks = [
        Check("Pages of any limit give each row once, in order, in both directions") { bench in
            let rows = (0..<57).map { row("p", padded($0), Int64($0)) }
            try await bench.put(rows.shuffled())
            for limit in [1, 2, 3, 7, 56, 57, 58, 1000] {
                for descending in [false, true] {
                    let query = RangeQuery(
                        bench.table, partition: "p", descending: descending, limit: limit,
                        consistency: .strong)
                    let expected = descending ? rows.reversed() : rows
                    try expectEqual(
                        try await bench.all(query), expected, "limit \(limit), descending \(descending)")
                }
            }
        },
        Check("Paging goes on after its last row was removed, and sees what was written further on") {
            bench in
            for descending in [false, true] {
                let rows = (0..<10).map { row("p", padded($0 * 2)) }
                try await bench.put(rows)
                var query = RangeQuery(
                    bench.table, partition: "p", descending: descending, limit: 4, consistency: .strong)
                let first = try await bench.store.query(query)
                guard let next = first.next else { throw ConformanceFailure("ten rows on a page of four") }
                let new = row("p", padded(descending ? 1 : 15))
                try await bench.store.write([.delete(next, in: bench.table), .put(new, in: bench.table)])
                query.after = next
                let expected = (rows + [new]).filter { row in !first.rows.contains { $0.key == row.key } }
                    .sorted { descending ? $0.key > $1.key : $0.key < $1.key }
                try expectEqual(try await bench.all(query), expected, "the rest")
                try await bench.store.write((rows + [new]).map { .delete($0.key, in: bench.table) })
            }
        },
        Check("Paging ends, also on an empty range and on a page that is just full") { bench in
            var query = RangeQuery(bench.table, partition: "p", limit: 5, consistency: .strong)
            try expectEqual(try await bench.all(query), [], "an empty partition")
            let rows = (0..<5).map { row("p", padded($0)) }
            try await bench.put(rows)
            try expectEqual(try await bench.all(query), rows, "a full page")
            query.lower = "9"
            try expectEqual(try await bench.all(query), [], "an empty range")
        },
        Check("An eventual read answers too") { bench in
            try await bench.put([row("p", "s", 1)])
            let query = RangeQuery(bench.table, partition: "p", consistency: .eventual)
            let seen = try await bench.all(query) + bench.all(TableScan(bench.table, consistency: .eventual))
            try expect(seen.allSatisfy { $0 == row("p", "s", 1) }, "rows that were never written")
        },
    ]

    static let scanChecks = [
        Check("A scan gives each row once, whatever the limit") { bench in
            let rows = (0..<61).map { row("p\($0 % 9)", padded($0), Int64($0)) }
            try await bench.put(rows)
            let expected = rows.sorted { $0.key < $1.key }
            for limit in [1, 4, 60, 61, 62] {
                let found = try await bench.all(TableScan(bench.table, limit: limit, consistency: .strong))
                try expectEqual(found.sorted { $0.key < $1.key }, expected, "limit \(limit)")
            }
        },
        Check("Segments together give each row once") { bench in
            let rows =
                (0..<90).map { row("partition \($0 / 2)", padded($0)) } + orderedSorts.map { row($0, "s") }
            try await bench.put(rows)
            for segments in [1, 2, 3, 8, 100] {
                var found: [Row] = []
                for segment in 0..<segments {
                    found += try await bench.all(
                        TableScan(
                            bench.table, segment: segment, of: segments, limit: 11, consistency: .strong))
                }
                let expected = rows.sorted { $0.key < $1.key }
                try expectEqual(found.sorted { $0.key < $1.key }, expected, "\(segments) segments")
            }
        },
        Check(
            "A scan of a prefix gives the rows whose partition begins so, whatever the limit and the segments"
        ) {
            bench in
            let names = [
                "", "a", "ab", "aé", "ae\u{301}", "a\u{10FFFF}", "a\u{D7FF}b", "b", "B", "\u{10FFFF}x", "é",
            ]
            let rows = names.flatMap { name in (0..<3).map { row("." + name, padded($0)) } }
            try await bench.put(rows)
            let prefixes = [
                ".", ".a", ".aé", ".a\u{10FFFF}", ".a\u{D7FF}", ".\u{10FFFF}", ".c", "a", "..", ".b",
            ]
            for (prefix, limit) in prefixes.flatMap({ prefix in [1, 4, 1000].map { (prefix, $0) } }) {
                let expected = rows.filter { $0.key.partition.utf8.starts(with: prefix.utf8) }
                for segments in [1, 3] {
                    var found: [Row] = []
                    for segment in 0..<segments {
                        found += try await bench.all(
                            TableScan(
                                bench.table, segment: segment, of: segments, prefix: prefix, limit: limit,
                                consistency: .strong))
                    }
                    try expectEqual(
                        found.sorted { $0.key < $1.key }, expected.sorted { $0.key < $1.key },
                        "prefix '\(prefix)', limit \(limit), \(segments) segments")
                }
            }
        },
        Check("A scan goes on after rows it gave were removed") { bench in
            let rows = (0..<40).map { row("p\($0 % 5)", padded($0)) }
            try await bench.put(rows)
            var scan = TableScan(bench.table, limit: 3, consistency: .strong)
            var found: [Row] = []
            repeat {
                let page = try await bench.store.scan(scan)
                try await bench.store.write(page.rows.map { .delete($0.key, in: bench.table) })
                found += page.rows
                scan.after = page.next
            } while scan.after != nil
            let expected = rows.sorted { $0.key < $1.key }
            try expectEqual(found.sorted { $0.key < $1.key }, expected, "found while removing")
            try expectEqual(try await bench.contents(), [], "left")
        },
    ]
}

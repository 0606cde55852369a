import Storage

extension StoreConformance {
    static let logChecks = [
        Check("What is appended stands in its log, if numbered in the order of the writes") { bench in
            for number in 0..<5 { try await bench.append(number) }
            try await expectLog(bench, [0, 1, 2, 3, 4], "the log")
        },
        Check("Logs are partitions of their own, and a batch may append to several") { bench in
            try await bench.store.write([
                .put(row("p", "1"), in: bench.table),
                .append(["n": .integer(1)], toLog: "first", in: bench.table),
                .append(["n": .integer(2)], toLog: "second", in: bench.table),
                .append(["n": .integer(3)], toLog: "first", in: bench.other),
            ])
            for (log, table, number) in [
                ("first", bench.table, 1), ("second", bench.table, 2), ("first", bench.other, 3),
            ] as [(String, TableName, Int64)] {
                let rows = try await bench.log(log, in: table)
                try expect(rows.map { $0.integer("n") } == [number], "\(log) of \(table) holds \(rows)")
            }
            try expect(try await bench.row(row("p", "1").key) != nil, "the row beside is missing")
        },
        Check("Equal rows appended are several rows") { bench in
            for _ in 0..<3 { try await bench.append(7) }
            try await expectLog(bench, [7, 7, 7], "the log")
        },
        Check("Nothing is lost of what is appended at the same time", concurrentAppends),
        Check("A reader who goes on as the order says misses nothing", followedLog),
        Check("Appending to a missing table is notFound") { bench in
            try await expectError("append", { $0.isNotFound(bench.missing) }) {
                try await bench.store.write([.append([:], toLog: "log", in: bench.missing)])
            }
        },
        Check("A row too large is not appended") { bench in
            let bytes = [UInt8](repeating: 1, count: StoreLimits.rowBytes)
            try await expectError("append", \.isTooLarge) {
                try await bench.store.write([.append(["b": .bytes(bytes)], toLog: "log", in: bench.table)])
            }
            try await expectLog(bench, [], "the log")
        },
    ]

    private static func expectLog(_ bench: Bench, _ numbers: [Int64], _ what: String) async throws {
        var found = try await bench.log().compactMap { $0.integer("n") }
        // Of two writes in one millisecond a clock does not tell which was first.
        if bench.store.logOrder != .numbered { found.sort() }
        try expect(found == numbers, "\(what) holds \(found) and not \(numbers)")
    }

    @Sendable private static func concurrentAppends(_ bench: Bench) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask { for number in 0..<10 { try await bench.append(writer * 10 + number) } }
            }
            try await group.waitForAll()
        }
        let rows = try await bench.log()
        try expect(
            rows.compactMap { $0.integer("n") }.sorted() == Array(0..<80), "rows are missing or doubled")
        if bench.store.logOrder == .numbered {
            let numbers = rows.compactMap { LogKey.number($0.key.sort) }
            try expect(numbers == Array(1...80), "the numbers are \(numbers)")
        }
    }

    /// One reads while four write: after each write returned, a reader who goes on from where the order lets him finds it.
    @Sendable private static func followedLog(_ bench: Bench) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    var follower = LogFollower(order: bench.store.logOrder)
                    for number in 0..<8 {
                        let value = Int64(writer * 100 + number)
                        try await bench.append(Int(value))
                        try await follower.read(bench)
                        try expect(follower.seen.contains(value), "\(value) was acknowledged and is not read")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Reads a log as `LogOrder` says, from where it stood.
private struct LogFollower {
    let order: LogOrder
    var seen = Set<Int64>()
    private var last: UInt64 = 0

    init(order: LogOrder) { self.order = order }

    mutating func read(_ bench: Bench) async throws {
        let start =
            switch order {
            case .numbered: last + 1
            case .timed(let lag, _): last > UInt64(lag) ? last - UInt64(lag) : 0
            }
        var query = RangeQuery(bench.table, partition: "log", consistency: .strong)
        query.lower = LogKey.text(start)
        for row in try await bench.all(query) {
            if let value = row.integer("n") { seen.insert(value) }
            last = max(last, LogKey.number(row.key.sort) ?? 0)
        }
    }
}

extension Bench {
    fileprivate func append(_ number: Int) async throws {
        try await store.write([.append(["n": .integer(Int64(number))], toLog: "log", in: table)])
    }

    fileprivate func log(_ log: String = "log", in table: TableName? = nil) async throws -> [Row] {
        try await all(RangeQuery(table ?? self.table, partition: log, consistency: .strong))
    }
}

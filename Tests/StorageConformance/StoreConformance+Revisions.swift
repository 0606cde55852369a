import Storage

extension StoreConformance {
    static let revisionChecks = [
        Check("Where a revision is told, every change makes it another one", revisions),
        Check("Where a revision is told, it stays while nothing changes") { bench in
            try await bench.put([row("p", "1")])
            let before = bench.store.revision
            _ = try await bench.contents()
            try expect(bench.store.revision == before, "reading has changed the revision")
        },
    ]

    @Sendable private static func revisions(_ bench: Bench) async throws {
        let (store, table) = (bench.store, bench.table)
        guard store.revision != nil else { return }
        let stored = row("p", "1")
        let changes: [(String, @Sendable () async throws -> Void)] = [
            ("a table made", { try await store.createTable(bench.missing) }),
            ("a row put", { try await store.write([.put(stored, in: table)]) }),
            ("a large row put", { try await store.write([.put(row("p", "2", bytes: 5_000), in: table)]) }),
            (
                "a row put on condition",
                { try await store.write(.put(row("p", "3"), in: table), if: .absent) }
            ),
            ("a row appended", { try await store.write([.append([:], toLog: "log", in: table)]) }),
            ("a row removed", { try await store.write([.delete(stored.key, in: table)]) }),
            ("a table removed", { try await store.deleteTable(bench.missing) }),
        ]
        for (what, change) in changes {
            let before = store.revision
            try await change()
            try expect(store.revision != before, "\(what): the revision is still the same")
        }
    }
}

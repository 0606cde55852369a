import Dispatch
import Foundation
import Storage
import Testing

@testable import StorageSQLite

/// Two stores on one file, as two processes have them.
@Suite struct SharedFileTests {
    private let folder: TemporaryFolder
    private let table = TableName("shared")

    init() throws { folder = try TemporaryFolder() }

    private func makeStore() throws(StoreError) -> SQLiteStore {
        try SQLiteStore(path: folder.path("shared.db"), busyTimeout: .seconds(60))
    }

    @Test func aFileMadeByManyAtOnceServesThemAll() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let store = try makeStore()
                    try await store.createTable(table)
                    try await store.write([.put(row("p", number), in: table)])
                }
            }
            try await group.waitForAll()
        }
        let page = try await makeStore().query(RangeQuery(table, partition: "p", consistency: .strong))
        #expect(page.rows == (0..<8).map { row("p", $0) })
    }

    /// Who makes a file marks it in one step: whoever opens it at that moment finds it new or ours, and never another program's.
    @Test func aFileBeingMadeIsNotTakenForAnotherPrograms() async throws {
        for round in 0..<40 {
            let path = folder.path("made\(round).db")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask { _ = try SQLiteStore(path: path, busyTimeout: .seconds(60)) }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aWriteAcknowledgedByOneIsReadByTheOther() async throws {
        let stores = [try makeStore(), try makeStore()]
        try await stores[0].createTable(table)
        for number in 0..<20 {
            let written = row("p", number)
            try await stores[number % 2].write([.put(written, in: table)])
            let address = RowAddress(table, written.key)
            #expect(try await stores[1 - number % 2].rows(at: [address], .strong) == [written])
        }
    }

    @Test func aWriteOfOneIsSeenInTheRevisionOfTheOther() async throws {
        let stores = [try makeStore(), try makeStore()]
        try await stores[0].createTable(table)
        for number in 0..<20 {
            let (writer, other) = (stores[number % 2], stores[1 - number % 2])
            let before = try #require(other.revision)
            #expect(other.revision == before)
            try await writer.write([.put(row("p", number), in: table)])
            #expect(other.revision != before)
        }
    }

    @Test func whoPrefersTheReadingThreadsReadsWithoutLeavingThem() async throws {
        let store = try makeStore()
        try await store.createTable(table)
        try await store.write([.put(row("p", 1), in: table)])
        for _ in 0..<100 {
            let isSame = try await withTaskExecutorPreference(store.readingExecutor) {
                let before = threadNumber()
                _ = try await store.rows(at: [RowAddress(table, row("p", 1).key)], .strong)
                _ = try await store.query(RangeQuery(table, partition: "p", consistency: .strong))
                return threadNumber() == before
            }
            #expect(isSame)
        }
    }

    @Test func racingBatchesAreAllStored() async throws {
        let stores = [try makeStore(), try makeStore()]
        try await stores[0].createTable(table)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let batch = (0..<25).map { Write.put(row("\(number)", $0), in: table) }
                    try await stores[number % 2].write(batch)
                }
            }
            try await group.waitForAll()
        }
        let page = try await stores[0].scan(TableScan(table, consistency: .strong))
        #expect(page.rows.count == 1000)
    }

    @Test func racingConditionalWritesLoseNoStep() async throws {
        let stores = [try makeStore(), try makeStore()]
        try await stores[0].createTable(table)
        try await stores[0].write([.put(counter(0), in: table)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { for _ in 0..<10 { try await count(in: stores[number % 2]) } }
            }
            try await group.waitForAll()
        }
        let address = RowAddress(table, counter(0).key)
        #expect(try await stores[1].rows(at: [address], .strong) == [counter(80)])
    }

    @Test func aWriteThatWaitsTooLongForAnotherIsThrottledAndStoresNothing() async throws {
        let first = try makeStore()
        let second = try SQLiteStore(path: folder.path("shared.db"), busyTimeout: .milliseconds(50))
        try await first.createTable(table)
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let end = DispatchSemaphore(value: 0)
        let holder = Task {
            try await WriteQueue(first.writer).perform(rows: 1) { _ in
                signal.finish()
                end.wait()
            }
        }
        for await _ in begun {}
        let error = await #expect(throws: StoreError.self) {
            try await second.write([.put(row("p", 1), in: table)])
        }
        if case .throttled = error {} else { Issue.record("received \(String(describing: error))") }
        end.signal()
        try await holder.value
        #expect(try await second.scan(TableScan(table, consistency: .strong)).rows.isEmpty)
        try await second.write([.put(row("p", 1), in: table)])
    }

    @Test func aFullDiskFailsTheWriteKeepsWhatWasThereAndPassesWhenThereIsRoom() async throws {
        let store = try makeStore()
        try await store.createTable(table)
        try await store.write([.put(row("p", 1), in: table)])
        let large = (0..<100).map { number in
            Write.put(
                Row(key: row("q", number).key, attributes: ["v": .bytes([UInt8](repeating: 7, count: 8000))]),
                in: table)
        }
        // The page limit makes the same failure as a disk without room.
        try await store.writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 10") }
        let error = await #expect(throws: StoreError.self) { try await store.write(large) }
        if case .unavailable(_, "the disk is full") = error {
        } else {
            Issue.record("received \(String(describing: error))")
        }
        let page = try await store.scan(TableScan(table, consistency: .strong))
        #expect(page.rows == [row("p", 1)])
        try await store.writer.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA max_page_count = 100000")
        }
        try await store.write(large)
    }

    private func counter(_ number: Int64) -> Row {
        Row(key: RowKey(partition: "counter", sort: "s"), attributes: ["n": .integer(number)])
    }

    /// Adds one to the counter, however often others come first.
    private func count(in store: SQLiteStore) async throws {
        while try await !countOnce(in: store) {}
    }

    /// False when another came first.
    private func countOnce(in store: SQLiteStore) async throws -> Bool {
        let found = try await store.rows(at: [RowAddress(table, counter(0).key)], .strong)
        let number = try #require(found[0]?.integer("n"))
        let condition = Condition.equals(attribute: "n", .integer(number))
        do {
            try await store.write(.put(counter(number + 1), in: table), if: condition)
        } catch {
            guard case .conflict = error else { throw error }
            return false
        }
        return true
    }
}

/// Which thread this is.
private func threadNumber() -> Int { pthread_self().hashValue }

func row(_ partition: String, _ number: Int) -> Row {
    let key = RowKey(
        partition: partition, sort: "s" + String(repeating: "0", count: number < 10 ? 1 : 0) + "\(number)")
    return Row(key: key, attributes: ["n": .integer(Int64(number))])
}

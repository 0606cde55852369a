import Dispatch
import Storage
import Synchronization
import Testing

@testable import StorageSQLite

/// Writes that gather behind a first one, which is held until they all wait.
@Suite struct WriteQueueTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let queue: WriteQueue
    private let table = RowTable(name: TableName("queued"))

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.path("queue.db"))
        queue = WriteQueue(store.writer)
        try await store.createTable(table.name)
    }

    private func put(_ number: Int) throws -> Change {
        try Change(.put(row("p", number), in: table.name), table)
    }

    private func stored() async throws -> [Row] {
        try await store.query(RangeQuery(table.name, partition: "p", consistency: .strong)).rows
    }

    /// Runs jobs that form one group, and gives their results in order.
    private func group(
        _ jobs: [WriteQueue.Work], whileWaiting: @Sendable ([Task<Void, any Error>]) -> Void = { _ in }
    ) async throws -> [Result<Void, any Error>] {
        let gate = DispatchSemaphore(value: 0)
        let first = Task { try await queue.perform(rows: 1) { _ in gate.wait() } }
        await waiting(0, isWriting: true)
        var tasks: [Task<Void, any Error>] = []
        for (index, job) in jobs.enumerated() {
            tasks.append(Task { try await queue.perform(rows: 1, job) })
            await waiting(index + 1, isWriting: true)
        }
        whileWaiting(tasks)
        gate.signal()
        try await first.value
        var results: [Result<Void, any Error>] = []
        for task in tasks { results.append(await task.result) }
        return results
    }

    private func waiting(_ count: Int, isWriting: Bool) async {
        while queue.load != (count, isWriting) { try? await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func aFailingJobIsUndoneAloneAndToldItsOwnError() async throws {
        let (one, two, three) = (try put(1), try put(2), try put(3))
        let results = try await group([
            { try one.apply(to: $0) },
            {
                try two.apply(to: $0)
                try three.apply(to: $0, if: .equals(attribute: "n", .integer(0)))
            },
            { try three.apply(to: $0, if: .absent) },
        ])
        #expect(results.map(\.isSuccess) == [true, false, true])
        #expect(throws: StoreError.self) { try results[1].get() }
        #expect(try await stored() == [row("p", 1), row("p", 3)])
    }

    @Test func aConflictBeforeAnythingIsWrittenLeavesTheOthersAsTheyWere() async throws {
        let (one, two, three) = (try put(1), try put(2), try put(3))
        let runs = Mutex(0)
        let results = try await group([
            { database in
                runs.withLock { $0 += 1 }
                try one.apply(to: database)
            },
            { try two.apply(to: $0, if: .equals(attribute: "n", .integer(0))) },
            { try three.apply(to: $0) },
        ])
        #expect(results.map(\.isSuccess) == [true, false, true])
        #expect(runs.withLock(\.self) == 1)
        #expect(try await stored() == [row("p", 1), row("p", 3)])
    }

    @Test func thoseThatWaitShareOneCommit() async throws {
        let (one, two) = (try put(1), try put(2))
        let results = try await group([
            { try one.apply(to: $0) },
            { [store, table] database in
                // Stored for this connection, and not yet for another.
                let key = row("p", 1).key
                #expect(try table.attributes(at: key, in: database) != nil)
                #expect(try store.readers.read { try table.attributes(at: key, in: $0) } == nil)
                try two.apply(to: database)
            },
        ])
        #expect(results.map(\.isSuccess) == [true, true])
        #expect(try await stored() == [row("p", 1), row("p", 2)])
    }

    @Test func aJobCancelledWhileItWaitsIsNotRun() async throws {
        let (one, two) = (try put(1), try put(2))
        let results = try await group(
            [{ try one.apply(to: $0) }, { try two.apply(to: $0) }], whileWaiting: { $0[0].cancel() })
        #expect(results.map(\.isSuccess) == [false, true])
        #expect(try await stored() == [row("p", 2)])
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}

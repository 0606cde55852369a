import GRDB
import Storage
import Synchronization

/// Lets writes that come at the same time share one commit.
///
/// Waiting for the disk is what a small write costs. While one group is being committed others gather, and
/// the next commit takes them all. Each job stands alone: one that fails is undone without the others.
final class WriteQueue: Sendable {
    typealias Work = @Sendable (Database) throws -> Void

    /// Rows of one commit at most, but for a single job that is larger; bounds how long the first of a group waits.
    private static let groupRows = 20_000

    private struct Job: Sendable {
        let id: UInt64
        let rows: Int
        let work: Work
        let continuation: CheckedContinuation<Result<Void, StoreError>, Never>
    }

    private struct State: Sendable {
        var waiting: [Job] = []
        var isWriting = false
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())
    private let connection: DatabaseQueue
    private let tidying: Work

    /// - Parameter tidying: Goes along with each commit. When it fails it is undone, and the commit is not: it comes again with the next.
    init(_ connection: DatabaseQueue, tidying: @escaping Work = { _ in }) {
        self.connection = connection
        self.tidying = tidying
    }

    /// How many jobs wait, and whether others are being written.
    var load: (waiting: Int, isWriting: Bool) {
        state.withLock { ($0.waiting.count, $0.isWriting) }
    }

    /// Runs the work in a transaction and returns when it is on disk.
    ///
    /// - Parameter rows: How many rows it writes.
    /// - Throws: `cancelled` when the task is cancelled while the job waits; once begun it is finished.
    func perform(rows: Int, _ work: @escaping Work) async throws(StoreError) {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(Job(id: id, rows: rows, work: work, continuation: continuation))
                // Cancelled before it waited: the handler below found nothing.
                if Task.isCancelled { withdraw(id) }
            }
        } onCancel: {
            withdraw(id)
        }
        try result.get()
    }

    private func enqueue(_ job: Job) {
        let begins = state.withLock { state in
            state.waiting.append(job)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { connection.asyncWriteWithoutTransaction { self.writeAll(in: $0) } }
    }

    private func withdraw(_ id: UInt64) {
        let job = state.withLock { state in
            state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
        }
        job?.continuation.resume(returning: .failure(.cancelled))
    }

    private func writeAll(in database: Database) {
        while case let group = nextGroup(), !group.isEmpty {
            let results = commit(group, in: database)
            for (job, result) in zip(group, results) { job.continuation.resume(returning: result) }
        }
    }

    /// The jobs that have waited longest; none ends the writing.
    private func nextGroup() -> [Job] {
        state.withLock { state in
            var rows = 0
            let group = state.waiting.prefix { job in
                defer { rows += job.rows }
                return rows == 0 || rows + job.rows <= Self.groupRows
            }
            state.waiting.removeFirst(group.count)
            state.isWriting = !group.isEmpty
            return Array(group)
        }
    }

    private func commit(_ group: [Job], in database: Database) -> [Result<Void, StoreError>] {
        do {
            return try together(group, in: database) ?? apart(group, in: database)
        } catch {
            return group.map { _ in .failure(StoreError(error)) }
        }
    }

    /// Without savepoints, for which SQLite copies each page that is changed. Nil, and nothing done, when a job failed that may have changed
    /// something.
    private func together(_ group: [Job], in database: Database) throws -> [Result<Void, StoreError>]? {
        var results: [Result<Void, StoreError>]? = []
        try database.inTransaction(.immediate) {
            for job in group {
                guard let result = try attemptPlainly(job.work, in: database) else {
                    results = nil
                    return .rollback
                }
                results?.append(result)
            }
            _ = try attempt(tidying, in: database)
            return .commit
        }
        return results
    }

    /// Each job in a savepoint, so that one that fails is undone without the others.
    private func apart(_ group: [Job], in database: Database) throws -> [Result<Void, StoreError>] {
        var results: [Result<Void, StoreError>] = []
        try database.inTransaction(.immediate) {
            for job in group { results.append(try attempt(job.work, in: database)) }
            _ = try attempt(tidying, in: database)
            return .commit
        }
        return results
    }

    /// Nil of a failure that may have something to undo. A conflict mostly has not: conditions are looked at before anything is written.
    ///
    /// - Throws: When the failure took the whole transaction with it, as a full disk does.
    private func attemptPlainly(_ work: Work, in database: Database) throws -> Result<Void, StoreError>? {
        let changes = database.totalChangesCount
        do {
            try work(database)
            return .success(())
        } catch {
            guard database.isInsideTransaction else { throw error }
            guard case .conflict = error as? StoreError, database.totalChangesCount == changes else {
                return nil
            }
            return .failure(.conflict)
        }
    }

    /// - Throws: When the failure took the whole transaction with it, as a full disk does.
    private func attempt(_ work: Work, in database: Database) throws -> Result<Void, StoreError> {
        do {
            try database.inSavepoint {
                try work(database)
                return .commit
            }
            return .success(())
        } catch {
            guard database.isInsideTransaction else { throw error }
            return .failure(StoreError(error))
        }
    }
}

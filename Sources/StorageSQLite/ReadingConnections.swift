import Dispatch
import GRDB
import Synchronization

/// The connections that read a file, each for one read at a time: beside each other, and beside the one that writes.
///
/// GRDB has a pool of its own, which looks at the file's schema before each read: with a search that reads rows once or twice
/// it is a twentieth of its time.
final class ReadingConnections: Sendable {
    private struct State {
        /// The one used last is used next: it has most of the file in memory.
        var idle: [(connection: DatabaseQueue, tables: Int)] = []
        /// How often tables have gone.
        var tables = 0
    }

    private let state = Mutex(State())
    private let unused: DispatchSemaphore
    private let open: @Sendable () throws -> DatabaseQueue

    /// - Parameters:
    ///   - count: How many reads run at the same time; further ones wait.
    ///   - open: Opens one, when all others read.
    init(count: Int, open: @escaping @Sendable () throws -> DatabaseQueue) {
        unused = DispatchSemaphore(value: count)
        self.open = open
    }

    /// Runs a read; it leaves no transaction open.
    func read<Output>(_ body: (Database) throws -> Output) throws -> Output {
        unused.wait()
        defer { unused.signal() }
        let (known, tables) = state.withLock { ($0.idle.popLast(), $0.tables) }
        let connection = try known?.connection ?? open()
        defer { state.withLock { $0.idle.append((connection, tables)) } }
        return try connection.unsafeRead { database in
            if let known, known.tables != tables { database.clearSchemaCache() }
            return try body(database)
        }
    }

    /// Lets connections drop their statements before the next read: those on tables that are gone would stay for ever.
    func forgetStatements() { state.withLock { $0.tables += 1 } }
}

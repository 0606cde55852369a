import Dispatch
import GRDB
import Synchronization

/// The connections that read a file, each for one read at a time: beside each other, and beside the one that writes.
///
/// GRDB has a pool of its own, which looks at the file's schema before each read: with a search that reads rows once or twice
/// it is a twentieth of its time.
final class ReadingConnections: Sendable {
    /// The one used last is used next: it has most of the file in memory.
    private let idle = Mutex<[DatabaseQueue]>([])
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
        let connection = try idle.withLock { $0.popLast() } ?? open()
        defer { idle.withLock { $0.append(connection) } }
        return try connection.unsafeRead(body)
    }
}

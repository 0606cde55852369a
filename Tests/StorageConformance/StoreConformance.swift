import Storage

/// What `Store` promises, as checks that any back end is held to.
///
/// ```swift
/// try await StoreConformance { try SQLiteStore(path: temporaryPath()) }.checkAll()
/// ```
///
/// Each check works in tables of its own, with random names, and removes them; a store may hold other tables.
/// What needs a killed process (durability) or a stale replica (eventual reads) is not checked here.
public struct StoreConformance: Sendable {
    private let makeStore: @Sendable () async throws -> any Store

    /// - Parameter makeStore: A store for one check; the same one each time, or a new one.
    public init(_ makeStore: @escaping @Sendable () async throws -> any Store) {
        self.makeStore = makeStore
    }

    /// One promise, named by what it says.
    public struct Check: Sendable, CustomStringConvertible {
        public let description: String
        let body: @Sendable (Bench) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (Bench) async throws -> Void) {
            self.description = description
            self.body = body
        }
    }

    /// Every check, in an order from simple to hard.
    public static let checks: [Check] =
        tableChecks + keyChecks + valueChecks + batchChecks + conditionChecks + expiryChecks + pageChecks
        + scanChecks + logChecks + revisionChecks + cancellationChecks + concurrencyChecks + randomChecks

    /// Runs one check.
    public func run(_ check: Check) async throws {
        try await Bench.with(try await makeStore(), check.body)
    }

    /// Runs every check.
    ///
    /// - Throws: `ConformanceFailure` with all that failed.
    public func checkAll() async throws {
        var failures: [String] = []
        for check in Self.checks {
            do { try await run(check) } catch { failures.append("\(check): \(error)") }
        }
        if !failures.isEmpty { throw ConformanceFailure(failures.joined(separator: "\n")) }
    }
}

/// A promise that was not kept.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

import Storage

/// The engine: projects and collections over a store. Start here.
///
/// A value; copies share one store and one cache of collection configurations.
public struct Database: Sendable {
    /// What it was made over.
    let base: any Store
    /// Told of all that is read and written.
    private(set) var meters: [StoreMeter] = []
    /// The same, with the meters.
    private(set) var store: any Store
    let settings: DatabaseSettings
    let origin: Origin
    let cache: CollectionCache
    let metadataTable: TableName
    /// When this process began to count what is read and written, in milliseconds since 1970.
    public let countsSince: Int64
    /// Where a search that explains itself writes down what it does.
    var trace: SearchTrace?

    /// - Parameters:
    ///   - now: The time in milliseconds since 1970.
    ///   - random: 64 random bits: seeds of collections, marks of writes.
    ///   - sleep: Lets milliseconds pass, and throws when the task is cancelled.
    public init(
        store: any Store, settings: DatabaseSettings = DatabaseSettings(),
        now: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        sleep: @escaping @Sendable (Int64) async throws -> Void = {
            try await Task.sleep(for: .milliseconds($0))
        }
    ) {
        base = store
        self.store = store
        countsSince = now()
        self.settings = settings
        origin = Origin(now: now, random: random, sleep: sleep)
        cache = CollectionCache()
        metadataTable = TableName(settings.metadataTable)
    }

    /// The same database, which tells one more meter of all that it reads and writes.
    public func measured(by meter: StoreMeter) -> Database {
        var database = self
        database.meters.append(meter)
        database.store = MeasuredStore(base, database.meters)
        return database
    }

    /// Where the store reads; nil when its reads wait for no thread. What prefers it reads without a change of thread.
    public var readingExecutor: (any TaskExecutor)? { base.readingExecutor }

    /// The memory that this process holds sketches in, of all collections together.
    public var sketchMemoryBytes: Int { cache.sketchMemoryBytes }
}

// MARK: - The metadata table

extension Database {
    /// The rows of one partition of the metadata table, all pages; none when the table is not there yet.
    func metadataRows(_ partition: String) async throws(WhiplashError) -> [Row] {
        var query = RangeQuery(metadataTable, partition: partition, consistency: .strong)
        var rows: [Row] = []
        do {
            repeat {
                let page = try await store.query(query)
                rows += page.rows
                query.after = page.next
            } while query.after != nil
        } catch {
            if case .notFound = error { return [] }
            throw .store(error)
        }
        return rows
    }

    func metadataRow(_ key: RowKey) async throws(WhiplashError) -> Row? {
        do {
            return try await store.rows(at: [RowAddress(metadataTable, key)], .strong)[0]
        } catch {
            if case .notFound = error { return nil }
            throw .store(error)
        }
    }

    /// Writes a metadata row on condition, and makes the table on the way when it is missing.
    ///
    /// - Returns: Whether the condition held.
    func writeMetadata(_ write: Write, if condition: Condition) async throws(WhiplashError) -> Bool {
        do {
            try await writeMakingTable(write, condition)
            return true
        } catch {
            if case .conflict = error { return false }
            throw .store(error)
        }
    }

    private func writeMakingTable(_ write: Write, _ condition: Condition) async throws(StoreError) {
        do {
            try await store.write(write, if: condition)
        } catch {
            guard case .notFound = error else { throw error }
            try await store.createTable(metadataTable)
            try await store.write(write, if: condition)
        }
    }
}

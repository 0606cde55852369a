import Storage
import VectorIndex

/// One collection: its items, and search among them.
///
/// Every write is idempotent: the same write sent twice leaves what it leaves once.
public struct VectorCollection: Sendable {
    public var configuration: CollectionConfiguration { index.configuration }

    let index: CollectionIndex
    /// When its configuration was read, in milliseconds since 1970.
    let readAt: Int64
    let database: Database
    let store: any Store
    let settings: DatabaseSettings
    let origin: Origin
    let cache: CollectionCache

    init(_ index: CollectionIndex, readAt: Int64, in database: Database) {
        self.index = index
        self.readAt = readAt
        self.database = database
        store = MeasuredStore(database.base, database.meters + [index.meter])
        settings = database.settings
        origin = database.origin
        cache = database.cache
    }

    /// Where a search writes down what it does; nil but in one that explains itself.
    var trace: SearchTrace? { database.trace }

    var layout: any RowLayout { index.layout }
    var vectorsTable: TableName { configuration.vectorsTable }
    var bucketsTable: TableName { configuration.bucketsTable }

    /// Runs store calls on the collection's tables. When one is missing the collection has been removed elsewhere.
    func inTables<Output>(
        _ body: () async throws(StoreError) -> Output
    ) async throws(WhiplashError) -> Output {
        do {
            return try await body()
        } catch {
            guard case .notFound = error else { throw .store(error) }
            cache.forget(configuration.id)
            throw .notFound(.collection, name: configuration.name)
        }
    }
}

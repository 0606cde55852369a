import Foundation
import StorageSQLite
import Whiplash

/// The collection that is measured, on a SQLite file, set up as `whiplash serve` sets it up.
func openCollection(_ options: Options, create: Bool) async throws -> VectorCollection {
    var settings = DatabaseSettings()
    settings.shardCount = 2
    settings.configurationLifetime = 0
    let database = Database(
        store: try SQLiteStore(path: options.folder + "/whiplash.db"), settings: settings,
        now: { Int64(Date().timeIntervalSince1970 * 1000) })
    let (project, name) = ("benchmark", "items")
    if create {
        return try await database.createCollection(
            NewCollection(name: name, featureCount: options.dimension), in: project)
    }
    return try await database.collection(name, in: project)
}

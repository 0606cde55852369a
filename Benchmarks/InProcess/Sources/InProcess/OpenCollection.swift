import Foundation
import Storage
import StorageSQLite
import Whiplash

/// A database set up as `whiplash serve` sets it up on SQLite.
func openDatabase(_ store: any Store) -> Database {
    var settings = DatabaseSettings()
    settings.shardCount = 2
    settings.configurationLifetime = 0
    return Database(
        store: store, settings: settings, now: { Int64(Date().timeIntervalSince1970 * 1000) })
}

/// The collection that is measured, on a SQLite file.
func openCollection(_ options: Options, create: Bool) async throws -> VectorCollection {
    let database = openDatabase(try SQLiteStore(path: options.folder + "/whiplash.db"))
    let (project, name) = ("benchmark", "items")
    if create {
        return try await database.createCollection(
            NewCollection(name: name, featureCount: options.dimension), in: project)
    }
    return try await database.collection(name, in: project)
}

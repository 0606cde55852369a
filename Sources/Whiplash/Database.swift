import Storage

/// The engine: projects and collections over a store. Start here.
///
/// A value; copies share one store and one cache of collection configurations.
public struct Database: Sendable {
    public init(
        store: any Store, settings: DatabaseSettings,
        now: @escaping @Sendable () -> Int64
    ) {}

    // MARK: Projects

    /// - Throws: `alreadyExists`, `invalid` (name).
    public func createProject(_ name: String) async throws(WhiplashError) -> Project {
        throw .notFound(.project, name: name)
    }

    /// Every project of this stage, by name.
    public func projects() async throws(WhiplashError) -> [Project] { [] }

    public func project(_ name: String) async throws(WhiplashError) -> Project {
        throw .notFound(.project, name: name)
    }

    /// Removes a project and its collections with all they hold.
    public func deleteProject(_ name: String) async throws(WhiplashError) {}

    // MARK: Collections

    /// Makes a collection, and its project when that is new.
    public func createCollection(
        _ new: NewCollection, in project: String
    ) async throws(WhiplashError) -> VectorCollection {
        throw .notFound(.project, name: project)
    }

    public func collection(
        _ name: String, in project: String
    ) async throws(WhiplashError) -> VectorCollection {
        throw .notFound(.collection, name: name)
    }

    public func deleteCollection(_ name: String, in project: String) async throws(WhiplashError) {}
}

/// The settings the engine needs, with the ancestor's defaults.
public struct DatabaseSettings: Sendable {
    public var region = "local"
    public var stage = "dev"
    public var maxItemsPerBucket = 10_000
    public var defaultPlaneCount = 6
    public var defaultBitStart = 8
    public var defaultBitScaleFactor = 2.0
    /// The table of projects and collections.
    public var metadataTable = "whiplash_metadata"

    public init() {}
}

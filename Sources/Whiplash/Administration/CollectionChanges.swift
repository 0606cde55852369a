import JSON
import Storage

/// What may be changed of a collection while it is used; nil leaves it as it is.
///
/// What decides how rows are written (`featureCount`, `metric`, `grouping`, `vectorType`, `textIndex`, `filterable`) cannot be: clone the
/// collection with another (`NewClone`), and let the clone have its name, or an alias mean it.
public struct CollectionChanges: Sendable, Equatable {
    /// At most `descriptionBytes`; `.some(nil)` removes it.
    public var description: String??
    /// Merged into what is there (RFC 7396); JSON's `null` removes it all. At most `metadataBytes` afterwards.
    public var metadata: RawJSON?
    /// How a search cuts rows into buckets. It says what is read, not what is stored.
    public var planeCount: Int?
    public var bitStart: Int?
    public var bitScaleFactor: Double?

    public init() {}

    /// Bytes of UTF-8 of a description.
    public static let descriptionBytes = 2_000
    /// Bytes of UTF-8 of a collection's metadata: they are read with its configuration.
    public static let metadataBytes = 16_384
}

extension Database {
    /// Changes what may be changed of a collection, and gives what it is then. Other processes follow within
    /// `DatabaseSettings.configurationLifetime`.
    ///
    /// - Throws: `invalid`; `notFound`; `conflict` while it is an unfinished clone, or when others change it again and again.
    public func updateCollection(
        _ name: String, _ changes: CollectionChanges, in project: String
    ) async throws(WhiplashError) -> VectorCollection {
        let named = try await collection(name, in: project).configuration.name
        for _ in 0..<Self.changeAttempts {
            let now = origin.now()
            guard var row = try await settledRow(named, in: project), row.state == .ready else {
                throw .notFound(.collection, name: name)
            }
            let found = row.unchanged
            try row.configuration.apply(changes)
            row.stamp = origin.stamp()
            if try await writeMetadata(.put(row.row, in: metadataTable), if: found) {
                return VectorCollection(
                    try await index(of: row.configuration, now), readAt: now, in: self)
            }
        }
        throw .conflict(reason: "collection '\(name)' is being changed by others; try again")
    }

    /// How often a change of a collection's row is tried against others, such as a tuning, which changes it with each page.
    static let changeAttempts = 16
}

extension CollectionConfiguration {
    fileprivate mutating func apply(_ changes: CollectionChanges) throws(WhiplashError) {
        if let description = changes.description { self.description = description }
        if let patch = changes.metadata {
            let merged = (metadata ?? RawJSON(checked: "{}")).merged(with: patch)
            metadata = merged.isObject ? merged : nil
        }
        planeCount = changes.planeCount ?? planeCount
        bitStart = changes.bitStart ?? bitStart
        bitScaleFactor = changes.bitScaleFactor ?? bitScaleFactor
        try check()
    }
}

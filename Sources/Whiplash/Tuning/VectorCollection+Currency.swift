import Storage

/// How those who read and write keep up with a collection whose planes are being changed.
///
/// A process goes on with what it has read of a configuration for `trust` milliseconds. The steps of a tuning are that far apart
/// and one second more, for clocks. Whoever took longer, from reading the configuration to the end of what it did with it, looks
/// again before it answers: a writer then writes what it did not know of, a search begins anew. So nothing acknowledged is missing
/// from a generation that is read.
extension VectorCollection {
    /// For how long something may be done by a configuration once read, in milliseconds.
    var trust: Int64 { settings.configurationTrust }

    /// Whether the configuration may be out of date by now.
    var isOld: Bool { origin.now() - readAt > trust }

    /// The collection as it is configured now, read anew only when this value is old.
    ///
    /// - Throws: `notFound` when it has been removed, also if there is another of its name.
    func current() async throws(WhiplashError) -> VectorCollection {
        guard isOld else { return self }
        let found = try await database.collection(configuration.name, in: configuration.project)
        guard found.configuration.incarnation == configuration.incarnation else {
            throw .notFound(.collection, name: configuration.name)
        }
        return found
    }

    /// Stores bucket rows of items just written in the generations that their writer did not know of, if it took long.
    func completeIfOld(_ rows: [VectorRow]) async throws(WhiplashError) {
        var known = self
        while known.isOld {
            let newer = try await known.current()
            let numbers = Set(known.index.generations.map(\.number))
            for generation in newer.index.generations where !numbers.contains(generation.number) {
                try await newer.fill(generation, with: rows)
            }
            known = newer
        }
    }

    /// Stores the bucket rows of vectors in a generation unless they are there, and tells of them where searches may follow.
    ///
    /// Never in the place of a row: that may be of a later write, and its stamp protects it from whoever removes this one's.
    ///
    /// - Parameter noted: Whether some process may have read the generation's rows already.
    func fill(
        _ generation: Generation, with rows: [VectorRow], noted: Bool = true
    ) async throws(WhiplashError) {
        if rows.isEmpty { return }
        let stored = rows.map { bucketRow(of: $0, in: generation) }
        let (store, table) = (store, bucketsTable)
        let notes =
            noted
            ? generation.layout.notes(of: stored.map(IndexChange.stored), origin.stamp(), in: table) : []
        try await inTables { () throws(StoreError) in
            _ = try await concurrently(stored, width: Self.fillWidth) { row throws(StoreError) in
                try await store.writeUnlessThere(.put(row.row(generation.layout), in: table))
            }
            if !notes.isEmpty { try await store.write(notes) }
        }
    }

    /// Conditional writes are a request each; so many are under way.
    static let fillWidth = 64

    /// The bucket row that belongs to a stored vector.
    func bucketRow(of row: VectorRow, in generation: Generation) -> BucketRow {
        let hint = hint(of: row.item)
        let key = generation.layout.indexKey(of: row.item, hint, generation.planes)
        return BucketRow(item: row.item.name, indexKey: key, stamp: row.bucketStamp, hint)
    }
}

extension Store {
    /// Stores a row unless there is one with its key.
    func writeUnlessThere(_ put: Write) async throws(StoreError) {
        do {
            try await write(put, if: .absent)
        } catch {
            guard case .conflict = error else { throw error }
        }
    }
}

extension DatabaseSettings {
    /// For how long something may be done by a configuration once read, in milliseconds: read at the end of its lifetime, with a
    /// second for the doing.
    var configurationTrust: Int64 { configurationLifetime + 1_000 }
}

extension Database {
    /// What a process keeps of a collection, with the planes that its configuration names.
    func index(
        of configuration: CollectionConfiguration, _ readAt: Int64, _ revision: Int64? = nil
    ) async throws(WhiplashError) -> CollectionIndex {
        let planes = try await planes(of: configuration, known: cache.index(configuration.id))
        return cache.remember(configuration, planes: planes, readAt: readAt, revision: revision)
    }
}

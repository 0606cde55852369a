import Synchronization
import VectorIndex

/// What a process keeps of the collections it has met, so that an insert or a search asks for no metadata.
final class CollectionCache: Sendable {
    private struct Entry {
        let index: CollectionIndex
        var readAt: Int64
        /// The store's, from before it was read.
        var revision: Int64?
    }

    private let entries = Mutex<[String: Entry]>([:])
    /// What aliases mean, and when that was read.
    private let aliases = Mutex<[String: (target: String, readAt: Int64)]>([:])

    /// The collection of this id, if its configuration was read at `time` or later.
    func index(_ id: String, since time: Int64) -> CollectionIndex? {
        entries.withLock { entries in
            entries[id].flatMap { $0.readAt >= time ? $0.index : nil }
        }
    }

    /// The collection of this id, if nothing in the store has changed since its configuration was read.
    func index(_ id: String, atRevision revision: Int64) -> CollectionIndex? {
        entries.withLock { entries in
            entries[id].flatMap { $0.revision == revision ? $0.index : nil }
        }
    }

    /// Keeps a configuration just read; planes stay when it is the one known.
    ///
    /// - Parameter revision: The store's, from before it was read.
    func remember(
        _ configuration: CollectionConfiguration, now: Int64, revision: Int64? = nil
    ) -> CollectionIndex {
        entries.withLock { entries in
            let known = entries[configuration.id]?.index
            let index = known?.configuration == configuration ? known : nil
            let kept = index ?? CollectionIndex(configuration)
            entries[configuration.id] = Entry(index: kept, readAt: now, revision: revision)
            return kept
        }
    }

    var sketchMemoryBytes: Int {
        entries.withLock { entries in entries.values.map(\.index) }.reduce(0) { $0 + $1.warm.byteCount }
    }

    /// What an alias means, if that was read at `time` or later.
    func target(ofAlias id: String, since time: Int64) -> String? {
        aliases.withLock { aliases in aliases[id].flatMap { $0.readAt >= time ? $0.target : nil } }
    }

    func remember(alias id: String, target: String, now: Int64) {
        aliases.withLock { $0[id] = (target, now) }
    }

    func forgetAlias(_ id: String) {
        _ = aliases.withLock { $0.removeValue(forKey: id) }
    }

    func forget(_ id: String) {
        _ = entries.withLock { $0.removeValue(forKey: id) }
    }

    /// Drops rows in memory, of the collections least recently searched first, until what is left fits into the budget.
    func fitWarmIndexes(into budget: Int, keeping kept: CollectionIndex, now: Int64) {
        let others = entries.withLock { entries in
            entries.values.map(\.index).filter { $0 !== kept }
        }
        var bytes = kept.warm.byteCount
        if bytes > budget {
            kept.warm.markTooLarge(now: now)
            return
        }
        let lastUsedFirst = others.sorted {
            $0.warm.usedAt.load(ordering: .relaxed) > $1.warm.usedAt.load(ordering: .relaxed)
        }
        for other in lastUsedFirst {
            bytes += other.warm.byteCount
            if bytes > budget { other.warm.drop() }
        }
    }
}

/// A collection's configuration and what is drawn from its seed; one for each collection and process.
final class CollectionIndex: Sendable {
    let configuration: CollectionConfiguration
    let planes: Hyperplanes
    let sketcher: Sketcher
    let layers: Layers
    let layout: any RowLayout
    /// The bucket rows in memory.
    let warm = WarmIndex()
    /// About how many items there are, as the last search that read them saw; nil before the first.
    let itemEstimate = Mutex<Int?>(nil)

    init(_ configuration: CollectionConfiguration) {
        self.configuration = configuration
        planes = Hyperplanes(dimension: configuration.featureCount, seed: configuration.seed)
        // A seed of its own: the rotation and the planes are to be independent.
        sketcher = Sketcher(
            dimension: configuration.featureCount, metric: configuration.metric, seed: ~configuration.seed,
            precision: configuration.grouping ? .proven : .estimated)
        layout = configuration.layout
        layers = Layers(
            bitStart: configuration.bitStart, bitScaleFactor: configuration.bitScaleFactor,
            count: configuration.planeCount)
    }
}

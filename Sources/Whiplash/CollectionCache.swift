import Storage
import Synchronization
import VectorIndex

/// What a process keeps of the collections it has met, so that an insert or a search asks for no metadata.
final class CollectionCache: Sendable {
    private struct Entry {
        let index: CollectionIndex
        let readAt: Int64
        /// The store's, from before it was read.
        let revision: Int64?
    }

    private let entries = Mutex<[String: Entry]>([:])
    /// What aliases mean, and when that was read.
    private let aliases = Mutex<[String: (target: String, readAt: Int64)]>([:])

    /// The collections that this process knows, in no order.
    var indexes: [CollectionIndex] { entries.withLock { $0.values.map(\.index) } }

    /// The collection of this id, if its configuration was read at `time` or later.
    func index(_ id: String, since time: Int64) -> (CollectionIndex, readAt: Int64)? {
        entries.withLock { entries in
            entries[id].flatMap { $0.readAt >= time ? ($0.index, $0.readAt) : nil }
        }
    }

    /// What is known of the collection of this id, however old.
    func index(_ id: String) -> CollectionIndex? { entries.withLock { $0[id]?.index } }

    /// The collection of this id, if nothing in the store has changed since its configuration was read.
    func index(_ id: String, atRevision revision: Int64) -> CollectionIndex? {
        entries.withLock { entries in
            entries[id].flatMap { $0.revision == revision ? $0.index : nil }
        }
    }

    /// Keeps a configuration that was read at `time`, and what is known of the collection if it is that one.
    ///
    /// - Parameters:
    ///   - planes: The learned ones of the generations that it names.
    ///   - revision: The store's, from before it was read.
    func remember(
        _ configuration: CollectionConfiguration, planes: [Int: Planes] = [:], readAt time: Int64,
        revision: Int64? = nil
    ) -> CollectionIndex {
        entries.withLock { entries in
            let entry = takeRenamed(configuration, &entries) ?? entries[configuration.id]
            if let entry, entry.index.configuration == configuration {
                let readAt = max(entry.readAt, time)
                entries[configuration.id] = Entry(index: entry.index, readAt: readAt, revision: revision)
                return entry.index
            }
            let index = CollectionIndex(configuration, planes: planes, replacing: entry?.index)
            // Another task may have read it later, and found it changed.
            if entry.map({ $0.readAt <= time }) ?? true {
                entries[configuration.id] = Entry(index: index, readAt: time, revision: revision)
            }
            return index
        }
    }

    /// What is known of a collection by a name that it no longer has.
    private func takeRenamed(
        _ configuration: CollectionConfiguration, _ entries: inout [String: Entry]
    ) -> Entry? {
        guard configuration.tableID != nil else { return nil }
        let old = entries.first { id, entry in
            id != configuration.id && entry.index.configuration.identity == configuration.identity
        }
        return old.flatMap { entries.removeValue(forKey: $0.key) }
    }

    var sketchMemoryBytes: Int {
        indexes.reduce(0) { $0 + $1.warm.byteCount }
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
            entries.values.map(\.index).filter { $0.warm !== kept.warm }
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

/// A collection's configuration and what belongs to it; one for each collection and process.
final class CollectionIndex: Sendable {
    let configuration: CollectionConfiguration
    /// The generations that are written, the one that is read first.
    let generations: [Generation]
    let sketcher: Sketcher
    let layers: Layers
    let layout: any RowLayout
    let filterable: FilterableKeys
    /// The bucket rows in memory, of the generation that is read.
    let warm: WarmIndex
    /// About how many items there are, as the last search that read them saw; nil before the first.
    let itemEstimate: ItemEstimate
    /// What this process has read and written of its tables.
    let meter: StoreMeter

    /// The generation that is read.
    var read: Generation { generations[0] }

    /// - Parameters:
    ///   - planes: The learned ones of the generations that the configuration names; generation 0 is drawn from the seed.
    ///   - known: Of the same name; what it keeps in memory stays as long as the generation that is read is the same.
    init(
        _ configuration: CollectionConfiguration, planes: [Int: Planes] = [:],
        replacing known: CollectionIndex? = nil
    ) {
        self.configuration = configuration
        let same = known.flatMap { $0.configuration.incarnation == configuration.incarnation ? $0 : nil }
        generations = configuration.writtenGenerations.map { number in
            let kept = planes[number] ?? same?.generations.first { $0.number == number }?.planes
            let random = { Planes.random(Hyperplanes(configuration)) }
            return Generation(number, kept ?? random(), of: configuration)
        }
        // A seed of its own: the rotation and the planes are to be independent.
        sketcher =
            same?.sketcher
            ?? Sketcher(
                dimension: configuration.featureCount, metric: configuration.metric,
                seed: ~configuration.seed, precision: configuration.grouping ? .proven : .estimated,
                bits: configuration.sketchBits)
        layout = configuration.layout
        filterable = FilterableKeys(configuration.filterable)
        layers = Layers(
            bitStart: configuration.bitStart, bitScaleFactor: configuration.bitScaleFactor,
            count: configuration.planeCount)
        itemEstimate = same?.itemEstimate ?? ItemEstimate()
        meter = same?.meter ?? StoreMeter()
        warm = same.flatMap { $0.read.number == configuration.generation ? $0.warm : nil } ?? WarmIndex()
    }
}

/// A number of items, as far as a process knows it.
final class ItemEstimate: Sendable {
    private let items = Mutex<Int?>(nil)

    func withLock<Output>(_ body: (inout Int?) -> Output) -> Output {
        items.withLock { items in
            var known = items
            defer { items = known }
            return body(&known)
        }
    }
}

extension Hyperplanes {
    /// Those of generation 0.
    fileprivate init(_ configuration: CollectionConfiguration) {
        self.init(dimension: configuration.featureCount, seed: configuration.seed)
    }
}

import Storage

/// What this process has read and written of a store since it began to count.
public struct StoreTotals: Sendable, Equatable {
    /// When it began, in milliseconds since 1970. What other processes read and wrote, and this one before, is not in it.
    public var since: Int64
    public var usage: StoreUsage
    /// Nil where no units are billed.
    public var cost: StoreCost?

    public init(since: Int64, usage: StoreUsage = StoreUsage(), cost: StoreCost? = nil) {
        self.since = since
        self.usage = usage
        self.cost = cost
    }
}

extension Database {
    /// What a meter has been told of, with its price.
    public func totals(of meter: StoreMeter) -> StoreTotals {
        let usage = meter.usage
        return StoreTotals(since: countsSince, usage: usage, cost: StoreCost(usage, settings.prices))
    }

    /// What this process has read and written of the tables of each collection that it knows, by project and name.
    public var collectionTotals: [(project: String, name: String, totals: StoreTotals)] {
        cache.indexes.map { index in
            (index.configuration.project, index.configuration.name, totals(of: index.meter))
        }.sorted { ($0.project, $0.name) < ($1.project, $1.name) }
    }
}

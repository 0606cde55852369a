import Storage
import VectorIndex

extension VectorCollection {
    /// What is known of the collection.
    ///
    /// Costs the reads of two metadata rows. SQLite counts its items. DynamoDB does so every six hours, for collections with groups; others
    /// are told by their sketches: those in memory, or else, eventually, up to `countedRows` of each shard, at 384 dimensions at most some
    /// 180 read units. Of a collection with groups up to 1,000 names of groups are read.
    ///
    /// - Throws: `notFound` when the collection has been removed.
    public func statistics() async throws(WhiplashError) -> CollectionStatistics {
        let collection = try await current()
        var statistics = try await collection.currentStatistics()
        statistics.totals = database.totals(of: collection.index.meter)
        return statistics
    }

    /// Rows of a shard that are counted at most.
    static let countedRows = 1_000

    private func currentStatistics() async throws(WhiplashError) -> CollectionStatistics {
        let snapshot = index.warm.standing == .warm ? try await warmSnapshot(.strong) : nil
        let key = CollectionRow.key(id: configuration.id, stage: configuration.stage)
        let row = try await database.storedRow(key)
        var statistics = CollectionStatistics(
            generation: configuration.generation, tuning: tuningStatistics(row?.tuning),
            cache: index.warm.statistics(budget: settings.cacheBytes))
        statistics.lastTuning = row?.lastTuning
        statistics.maintenance = try await maintenanceStatistics()
        if configuration.grouping { statistics.groups = try await groupCount() }
        let count = try await itemCount(snapshot)
        statistics.items = count
        let vectorBytes = configuration.featureCount * configuration.vectorType.byteCount
        statistics.vectorBytes = count.map { $0.value * vectorBytes }
        statistics.sketchBytes = count.map { $0.value * index.sketcher.format.byteCount }
        statistics.buckets = snapshot.map { $0.forest.buckets(ofDepth: index.layers.depth(of: 0)) }
        return statistics
    }

    private func tuningStatistics(_ state: TuningState?) -> CollectionStatistics.Tuning {
        var tuning = CollectionStatistics.Tuning(
            state: state?.phase.rawValue ?? (configuration.generation == 0 ? "random" : "tuned"))
        (tuning.filledCount, tuning.startedAt) = (state?.filledCount ?? 0, state?.startedAt)
        return tuning
    }

    private func maintenanceStatistics() async throws(WhiplashError) -> CollectionStatistics.Maintenance {
        let key = MaintenanceRow(configuration).row(stage: settings.stage).key
        let kept = try await database.metadataRow(key).flatMap(MaintenanceRow.init)
        var maintenance = CollectionStatistics.Maintenance()
        guard let kept, kept.incarnation == configuration.incarnation else { return maintenance }
        maintenance.tunedCount = kept.tunedCount > 0 ? kept.tunedCount : nil
        maintenance.verifiedAt = kept.verifiedAt > 0 ? kept.verifiedAt : nil
        maintenance.isVerifying = kept.cursor != nil
        return maintenance
    }

    private func groupCount() async throws(WhiplashError) -> CollectionStatistics.Count {
        let page = try await groups(limit: Self.countedRows, cursor: nil)
        return .init(page.groups.count, page.cursor == nil ? .counted : .atLeast)
    }

    private func itemCount(
        _ snapshot: WarmIndex.Snapshot?
    ) async throws(WhiplashError) -> CollectionStatistics.Count? {
        let told = try await inTables { () throws(StoreError) in try await store.rowCount(of: vectorsTable) }
        if let told, told.isExact { return .init(told.value, .counted) }
        if configuration.grouping { return told.map { .init($0.value, .described) } }
        if let snapshot { return .init(snapshot.forest.count, .memory) }
        let estimate = index.itemEstimate.withLock { $0 }
        let countable = Self.countedRows * configuration.shardCount
        if let estimate, estimate > countable { return .init(estimate, .estimate) }
        let shards = Array(0..<configuration.shardCount)
        let counts = try await inTables { () throws(StoreError) in
            try await concurrently(shards, width: shards.count) { shard throws(StoreError) in
                try await countedRows(ofShard: shard)
            }
        }
        let sum = counts.reduce(0) { $0 + $1.count }
        return .init(sum, counts.allSatisfy(\.isAll) ? .sketches : .atLeast)
    }

    private func countedRows(ofShard shard: Int) async throws(StoreError) -> (count: Int, isAll: Bool) {
        var query = RangeQuery(
            bucketsTable, partition: configuration.bucketPartition(shard: shard), consistency: .eventual)
        var count = 0
        repeat {
            query.limit = Self.countedRows - count
            let page = try await store.query(query)
            count += page.rows.count
            query.after = page.next
        } while query.after != nil && count < Self.countedRows
        return (count, query.after == nil)
    }
}

extension WarmIndex {
    func statistics(budget: Int) -> CollectionStatistics.Cache {
        var cache = CollectionStatistics.Cache(state: standing, budgetBytes: budget)
        if let (bytes, checkedAt) = state({ ($0.forest.byteCount, $0.checkedAt) }) {
            (cache.byteCount, cache.checkedAt) = (bytes, checkedAt)
        }
        return cache
    }
}

extension SketchForest {
    /// How the rows lie in the buckets of their keys' first bits. Looks at every key.
    func buckets(ofDepth depth: Int) -> CollectionStatistics.Buckets {
        var rowCounts: [UInt64: Int] = [:]
        for leaf in leaves {
            for key in leaf.keys {
                rowCounts[IndexKey.hashBits(of: key) >> (HashKey.bitCount - depth), default: 0] += 1
            }
        }
        var buckets = CollectionStatistics.Buckets()
        (buckets.bitCount, buckets.largest) = (depth, rowCounts.values.max() ?? 0)
        buckets.emptyCount = 1 << depth - rowCounts.count
        let sizes = Dictionary(grouping: rowCounts.values) { Int.bitWidth - 1 - $0.leadingZeroBitCount }
        buckets.sizes = sizes.sorted { $0.key < $1.key }.map { power, counts in
            .init(rowCount: 1 << power, bucketCount: counts.count)
        }
        return buckets
    }
}

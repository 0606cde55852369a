import Storage
import VectorIndex

extension VectorCollection {
    /// The nearest items of a group: the bucket rows of the group are read, and then the vectors that may be among the best.
    ///
    /// Every item whose write was acknowledged has a bucket row, from the sketch of its vector, and is scored unless the bound of one of its
    /// rows is below the score of the last match. So every best match is found, whatever else is being written.
    func groupSearch(_ request: SearchRequest, in group: String) async throws(WhiplashError) -> [Match] {
        let query = SketchQuery(request.query, index.sketcher)
        // Some of the best may turn out stale.
        let first = request.limit + max(10, request.limit / 2)
        let hints = HintFilter(request.filter, index.filterable)
        var places = request.filter == nil || hints != nil ? first : nil
        while true {
            let reader = GroupReader(
                collection: self, group: group, query: query, consistency: request.consistency,
                places: places, hints: hints)
            trace?.enter(.sketches)
            let pool = try await inTables { () throws(StoreError) in try await reader.read() }
            trace?.noteVector { part in
                part.path = .group
                part.sketchCount += pool.rowCount
                part.candidateCount += pool.rows.count
            }
            trace?.enter(.vectors)
            var ranking = GroupRanking(
                pool, query, limit: request.limit, filter: request.filter, firstCount: first,
                isExact: request.exact ?? true
            ) { [layout] in layout.vectorKey(ItemName($0, in: group)) }
            let reads = TruthReads(request.consistency, newIDs: pool.newIDs, store.logOrder)
            while let keys = ranking.next() {
                let rows = try await truth(under: keys, reads) { ranking.doubtful($0, for: keys) }
                ranking.take(rows, for: keys) { match($0, request.query) }
                trace?.noteRound(vectors: keys.count)
            }
            trace?.noteVector { part in
                part.staleCount += ranking.stale.count
                part.refusedCount += ranking.refusedCount
            }
            await remove(ranking.stale, in: group)
            if ranking.isComplete { return ranking.matches }
            // Rows of items that are gone have driven out others.
            places = places.map { $0 * 4 }
        }
    }
}

extension TruthReads {
    fileprivate init(_ consistency: Consistency, newIDs: Set<UInt64>, _ order: LogOrder) {
        switch (consistency, order) {
        case (.eventual, _): self = .eventual
        case (.strong, .numbered): self = .strong
        case (.strong, .timed): self = .byRecency { newIDs.contains(stableHash($0.sort.utf8)) }
        }
    }
}

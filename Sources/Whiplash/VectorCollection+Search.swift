import Storage
import VectorIndex

extension VectorCollection {
    /// The nearest items, nearest first; of equal scores the lesser id first.
    ///
    /// Two round trips: the sketches are read and estimated, and the best are scored exactly against the
    /// stored vectors. A further one follows where bucket rows turn out stale, and one comes before when a process
    /// first searches a collection that is not small.
    ///
    /// - Throws: `invalid`; `notFound` of the item whose neighbours are sought; `store(.cancelled)` when the task's time ran out.
    public func search(_ request: SearchRequest) async throws(WhiplashError) -> [Match] {
        let request = try await withQuery(request)
        try check(request)
        return try await nearest(request).filter(request.takes)
    }

    /// Several searches, of which some are under way at the same time; the answers in their order.
    ///
    /// - Throws: The first failure. Fields are such as `searches[3].query`.
    public func search(_ requests: [SearchRequest]) async throws(WhiplashError) -> [[Match]] {
        let unexplained = requests.map { request in
            var request = request
            request.explain = false
            return request
        }
        return try await answer(unexplained).map(\.matches)
    }

    /// Several searches as `search`, each of which tells how it went if it is to explain itself.
    public func answer(_ requests: [SearchRequest]) async throws(WhiplashError) -> [SearchAnswer] {
        let answers = try await inTables { () throws(StoreError) in
            try await concurrently(Array(requests.enumerated()), width: Self.searchesAtOnce) {
                await answer($0.element, number: $0.offset)
            }
        }
        var found: [SearchAnswer] = []
        for answer in answers { found.append(try answer.get()) }
        return found
    }

    private static let searchesAtOnce = 8

    /// The matches, or what is wrong with a search, with its place.
    private func answer(
        _ request: SearchRequest, number: Int
    ) async -> Result<SearchAnswer, WhiplashError> {
        do throws(WhiplashError) {
            return .success(try await answer(request))
        } catch {
            guard case .invalid(var violation) = error else { return .failure(error) }
            violation.field = "searches[\(number)].\(violation.field)"
            return .failure(.invalid(violation))
        }
    }

    /// The request with the vector of the item whose neighbours are sought.
    func withQuery(_ request: SearchRequest) async throws(WhiplashError) -> SearchRequest {
        guard let id = request.itemID else { return request }
        if !request.query.isEmpty {
            throw .invalid(
                Violation(field: "query", expected: "either a query or the id of an item", received: "both"))
        }
        try Names.check(id: id, field: "id")
        guard let item = try await items(ids: [id], in: request.group)[0] else {
            throw .notFound(.item, name: id)
        }
        var request = request
        request.query = item.vector
        return request
    }

    /// The matches of a request that has been checked, however far.
    ///
    /// - Parameter depth: How far down the rankings of a vector and a text are fused at least.
    func nearest(
        _ request: SearchRequest, depth: Int = fusedDepth
    ) async throws(WhiplashError) -> [Match] {
        let leftOut = request.leftOut
        if leftOut.isEmpty { return try await nearestOfAll(request, depth) }
        var wider = request
        wider.limit += leftOut.count
        let others = try await nearestOfAll(wider, depth).filter {
            !leftOut.contains(Array($0.item.id.utf8))
        }
        return Array(others.prefix(request.limit))
    }

    private func nearestOfAll(_ request: SearchRequest, _ depth: Int) async throws(WhiplashError) -> [Match] {
        if request.text == nil { return try await vectorSearch(request) }
        return try await wordedSearch(request, depth: max(depth, request.limit))
    }

    /// A search that took long has perhaps read a generation that is not written any more: then it begins anew.
    func vectorSearch(_ request: SearchRequest) async throws(WhiplashError) -> [Match] {
        var collection = try await current()
        while true {
            let matches = try await collection.nearestAsConfigured(request)
            trace?.enter(nil)
            let newer = try await collection.current()
            if newer.index.read.number == collection.index.read.number { return matches }
            collection = newer
        }
    }

    private func nearestAsConfigured(_ request: SearchRequest) async throws(WhiplashError) -> [Match] {
        try await withTaskExecutorPreference(store.readingExecutor) { () async throws(WhiplashError) in
            if let group = request.group { return try await groupSearch(request, in: group) }
            return request.exact ?? false
                ? try await exhaustiveSearch(request) : try await sketchSearch(request)
        }
    }

    func check(_ request: SearchRequest) throws(WhiplashError) {
        try check(group: request.group, expected: "the group to search in")
        try check(textOf: request)
        try check(targetRecallOf: request)
        if request.hasVector { try check(vector: request.query, field: "query") }
        let range = SearchRequest.limitRange
        guard range.contains(request.limit) else {
            throw .invalid(
                Violation(
                    field: "limit",
                    expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
                    received: "\(request.limit)"))
        }
    }
}

extension VectorCollection {
    private func check(targetRecallOf request: SearchRequest) throws(WhiplashError) {
        guard let recall = request.targetRecall else { return }
        let range = SearchRequest.targetRecallRange
        let refusal: (expected: String, received: String)? =
            if !range.contains(recall) {
                ("a number from \(range.lowerBound) to \(range.upperBound)", "\(recall)")
            } else if request.group != nil {
                ("none in a group, where \"exact\" chooses", "\(recall)")
            } else if request.exact ?? false {
                ("none beside \"exact\": true", "\(recall)")
            } else if !request.hasVector {
                ("a query beside it", "none")
            } else {
                nil
            }
        guard let refusal else { return }
        throw .invalid(
            Violation(field: "target_recall", expected: refusal.expected, received: refusal.received))
    }
}

// MARK: - By sketches

extension VectorCollection {
    private func sketchSearch(_ request: SearchRequest) async throws(WhiplashError) -> [Match] {
        trace?.noteVector { $0.cache = $0.cache ?? index.warm.standing }
        trace?.enter(.following)
        let query = SketchQuery(request.query, index.sketcher)
        let warm = try await warmSnapshot(request.consistency)
        let reads = TruthReads(request.consistency, warm, store.logOrder)
        let hints = HintFilter(request.filter, index.filterable)
        let isDecided = request.filter == nil || hints?.isDecisive ?? false
        // Some of the best may turn out stale, and many may not pass a filter that their rows do not decide. In memory few are kept in
        // case: each makes the scan look at more, and to scan again takes less than to read rows again.
        let spare = warm == nil ? max(10, request.limit / 2) : max(2, request.limit / 10)
        var places = request.limit + spare + (isDecided ? 0 : 1000)
        var isWide = false
        while true {
            trace?.enter(.sketches)
            let pool = try await candidates(query, request, warm, hints, places: places, isWide: isWide)
            trace?.noteVector { part in
                if warm != nil { part.path = .memory }
                part.sketchCount += pool.possibleCount
                part.candidateCount += pool.candidates.count
            }
            trace?.enter(.vectors)
            var ranking = Reranking(
                pool, query, limit: request.limit, targetRecall: request.targetRecall,
                filter: request.filter, key: { [layout] in layout.vectorKey(ItemName($0, in: nil)) })
            while let keys = ranking.next() {
                if request.filter != nil,
                    min(ranking.expectedReads, pool.possibleCount) > pool.rowCount / 2
                {
                    // Row by row that would cost more than to go through the table.
                    return try await exhaustiveSearch(request)
                }
                let rows = try await truth(under: keys, reads) { ranking.doubtful($0) }
                ranking.take(rows, for: keys) { match($0, request.query) }
                trace?.noteRound(vectors: keys.count)
            }
            trace?.noteVector { part in
                part.staleCount += ranking.stale.count
                part.refusedCount += ranking.refusedCount
            }
            await remove(ranking.stale, in: nil)
            // Stale and refused rows took places, for which others were dropped: when too many did, look again for more.
            let taken = ranking.stale.count + ranking.refusedCount
            if pool.isPruned, places - taken < request.limit {
                places = 2 * places + taken
            } else if request.filter == nil || pool.isWhole || !ranking.isNarrow(pool) {
                return ranking.matches.best(request.limit)
            } else if !pool.isWide {
                isWide = true
            } else if ranking.matches.count < request.limit {
                return try await exhaustiveSearch(request)
            } else {
                return ranking.matches.best(request.limit)
            }
        }
    }

    /// The truth of candidates, in the order of the keys, without what has expired. What was read eventually and does not agree with
    /// them is read again.
    ///
    /// - Parameter doubtful: For each row found, in that order, whether it does not agree.
    func truth(
        under keys: [RowKey], _ reads: TruthReads, doubtful: ([VectorRow?]) -> [Bool]
    ) async throws(WhiplashError) -> [VectorRow?] {
        let now = origin.seconds
        var rows = try await rows(under: keys, reads, doubtful)
        for position in rows.indices where rows[position]?.isExpired(at: now) == true { rows[position] = nil }
        return rows
    }

    private func rows(
        under keys: [RowKey], _ reads: TruthReads, _ doubtful: ([VectorRow?]) -> [Bool]
    ) async throws(WhiplashError) -> [VectorRow?] {
        guard case .byRecency(let isRecent) = reads else {
            return try await storedRows(at: keys, reads.isStrong ? .strong : .eventual)
        }
        let strong = keys.indices.filter { isRecent(keys[$0]) }
        let eventual = keys.indices.filter { !isRecent(keys[$0]) }
        var rows = [VectorRow?](repeating: nil, count: keys.count)
        let read = try await storedRows(strong: strong.map { keys[$0] }, eventual: eventual.map { keys[$0] })
        for (position, row) in zip(strong + eventual, read) { rows[position] = row }
        let isDoubtful = doubtful(rows)
        let again = eventual.filter { isDoubtful[$0] }
        if again.isEmpty { return rows }
        let known = try await storedRows(at: again.map { keys[$0] }, .strong)
        for (position, row) in zip(again, known) { rows[position] = row }
        return rows
    }

    private func candidates(
        _ query: SketchQuery, _ request: SearchRequest, _ warm: WarmIndex.Snapshot?, _ hints: HintFilter?,
        places: Int, isWide: Bool
    ) async throws(WhiplashError) -> CandidatePool {
        guard let warm else {
            return try await storedCandidates(query, request, hints, places: places, isWide: isWide)
        }
        if !isWide, let likely = LikelyRows(of: request, index, settings, among: warm.forest.count) {
            let pool = warm.forest.candidates(query, places: places, hints, likely)
            // Where few pass, the nearest of those lie farther off than the nearest of all.
            if !pool.isNarrow { return pool }
        }
        return warm.forest.candidates(query, places: places, hints)
    }

    /// - Parameter isWide: Whether all rows are read, as far as `maxReadBytes` goes, and not only where the best are likely. They are also
    ///   where few pass: the nearest of those lie farther off than the nearest of all.
    private func storedCandidates(
        _ query: SketchQuery, _ request: SearchRequest, _ hints: HintFilter?, places: Int, isWide: Bool
    ) async throws(WhiplashError) -> CandidatePool {
        let reader = BucketReader(
            collection: self, query: query, consistency: request.consistency, places: places, hints: hints)
        let hopeful = SearchPlan(request.query, index, settings)
        let pool = try await inTables { () throws(StoreError) in
            if isWide {
                trace?.note(.everything, index)
                return try await reader.readWidely()
            }
            trace?.note(hopeful, index)
            if let pool = try await reader.read(hopeful) {
                learnSize(pool, hopeful)
                return pool
            }
            let layered = SearchPlan(layered: request.query, index, settings)
            trace?.note(layered, index)
            let pool = try await reader.read(layered) ?? CandidatePool(places: places)
            learnSize(pool, layered)
            return pool
        }
        await noteSize()
        guard !isWide, !pool.isWhole, pool.isNarrow else { return pool }
        trace?.note(.everything, index)
        return try await inTables { () throws(StoreError) in try await reader.readWidely() }
    }

    /// Tells the next round of maintenance of a collection that is read by each search, and too large to be read whole.
    private func noteSize() async {
        let itemCount = index.itemEstimate.withLock { $0 ?? 0 }
        guard itemCount > settings.maxItemsPerBucket, index.warm.isNoteDue(now: origin.now()) else { return }
        await database.note(tooLarge: configuration, itemCount: itemCount)
    }

    /// Keeps how many items there seem to be, which decides the next search's layer.
    private func learnSize(_ pool: CandidatePool, _ plan: SearchPlan) {
        let share =
            switch plan {
            case .whole: 1.0
            case .ranges(let ranges): index.read.planes.share(of: ranges)
            }
        index.itemEstimate.withLock { $0 = Int(Double(pool.rowCount) / max(share, .ulpOfOne)) }
    }

    /// Removes stale rows that no write under way can belong to. A hint's removal that fails is left to the next search.
    func remove(_ stale: [BucketRowName], in group: String?) async {
        let oldest = origin.now() - BucketRow.graceMilliseconds
        let removed = stale.filter { $0.stamp.milliseconds < oldest }.prefix(Self.removedAtOnce)
        if removed.isEmpty { return }
        index.warm.remove(Array(removed))
        let writes = removed.map { candidate in
            Write.deleteMatching(
                layout.bucketKey(ItemName(candidate.id, in: group), candidate.indexKey),
                in: bucketsTable, attribute: "w", equals: .integer(candidate.stamp.number))
        }
        try? await store.write(writes)
    }

    /// A search mends a little; it is not to wait for much.
    private static let removedAtOnce = 25
}

// MARK: - Exhaustively

extension VectorCollection {
    /// Reads every vector, in segments at the same time.
    private func exhaustiveSearch(_ request: SearchRequest) async throws(WhiplashError) -> [Match] {
        trace?.enter(.vectors)
        trace?.noteVector { $0.path = .exhaustive }
        let segments = Array(0..<Self.segmentCount)
        let found = try await inTables { () throws(StoreError) in
            try await concurrently(segments, width: segments.count) { segment throws(StoreError) in
                try await bestOfSegment(segment, request)
            }
        }
        return found.flatMap(\.self).best(request.limit)
    }

    private static let segmentCount = 4

    private func bestOfSegment(_ segment: Int, _ request: SearchRequest) async throws(StoreError) -> [Match] {
        var matches: [Match] = []
        let now = origin.seconds
        var scan = TableScan(
            vectorsTable, segment: segment, of: Self.segmentCount, consistency: request.consistency)
        repeat {
            let page = try await store.scan(scan)
            var (readCount, refusedCount) = (0, 0)
            for row in page.rows {
                guard let name = layout.item(ofVector: row.key) else { continue }
                if row.isExpired(at: now) { continue }
                let item = try VectorRow(row, of: name, configuration).item
                readCount += 1
                guard request.filter?.matches(item.metadata) ?? true else {
                    refusedCount += 1
                    continue
                }
                matches.append(match(item, request.query))
            }
            trace?.noteVector { part in
                part.rerankedCount += readCount
                part.refusedCount += refusedCount
            }
            matches = matches.best(request.limit)
            scan.after = page.next
        } while scan.after != nil
        return matches
    }

    func match(_ item: Item, _ query: [Float]) -> Match {
        let metric = configuration.metric
        let score = item.vector.withUnsafeBufferPointer { vector in
            query.withUnsafeBufferPointer { metric.score(vector, $0) }
        }
        return Match(item: item, score: score, distance: metric.distance(ofScore: score))
    }
}

extension [Match] {
    /// The first of them in the order of an answer, in that order.
    func best(_ limit: Int) -> [Match] {
        // A match is large: places move faster, and few are equal in score.
        let scores = map(\.score)
        let order = indices.sorted { left, right in
            scores[left] != scores[right]
                ? scores[left] > scores[right] : Match.isBefore(self[left], self[right])
        }
        return order.prefix(limit).map { self[$0] }
    }
}

extension Match {
    /// The order of an answer: falling scores, and of equal ones the lesser id first.
    static func isBefore(_ left: Match, _ right: Match) -> Bool { right.isBehind(left.score, left.item.id) }

    /// Whether it comes after one with this score and id.
    func isBehind(_ score: Float, _ id: String) -> Bool {
        if score != self.score { return score > self.score }
        return id.utf8.lexicographicallyPrecedes(item.id.utf8)
    }
}

extension SearchRequest {
    /// A search sees every write acknowledged before it, unless it asks for less.
    var consistency: Consistency { eventual ? .eventual : .strong }

    /// The ids, as UTF-8, that are not to be found.
    fileprivate var leftOut: Set<[UInt8]> {
        Set([itemID, excludedID].compactMap { $0.map { Array($0.utf8) } })
    }

    /// Whether a match is near enough.
    func takes(_ match: Match) -> Bool {
        match.score >= minScore ?? -.infinity && (maxDistance.map { match.distance <= $0 } ?? true)
    }
}

import JSON
import Storage
import VectorIndex

/// What a search by words has found, and how it scores texts.
struct TextMatches: Sendable {
    /// By falling score of their text, which is their `score`; of equal ones the lesser id first.
    var matches: [Match]
    let scorer: TextScorer
}

extension VectorCollection {
    /// The items whose texts have words of the request's text, the best first.
    ///
    /// In a group, and with `exact`, every text is read, in one pass that counts as it goes. Else the inverted index is read, and the best
    /// are scored by their texts.
    func textSearch(_ request: SearchRequest) async throws(WhiplashError) -> TextMatches {
        try await withTaskExecutorPreference(store.readingExecutor) { () async throws(WhiplashError) in
            try await textSearchWhereItRuns(request)
        }
    }

    private func textSearchWhereItRuns(_ request: SearchRequest) async throws(WhiplashError) -> TextMatches {
        let query = TextQuery(request.text ?? "")
        trace?.noteWords { $0.termCount = query.terms.count }
        trace?.enterWords(.candidates)
        defer { trace?.enterWords(nil) }
        if query.terms.isEmpty { return TextMatches(matches: [], scorer: .init(query, .none)) }
        if let group = request.group {
            let partition = layout.vectorKey(ItemName("", in: group)).partition
            let scan = try await inTables { () throws(StoreError) in
                try await scanPartition(partition, query, request)
            }
            return try await best(of: scan, query, request)
        }
        if request.exact ?? false {
            let scan = try await inTables { () throws(StoreError) in try await scanTable(query, request) }
            return try await best(of: scan, query, request)
        }
        return try await indexSearch(query, request)
    }

    /// How an item of this score of its text stands in the answer.
    private func match(_ item: Item, textScore: Double, _ query: [Float]) -> Match {
        let score = Float(textScore)
        var match = Match(item: item, score: score, distance: .nan)
        if !query.isEmpty {
            let near = self.match(item, query)
            (match.vectorScore, match.distance) = (near.score, near.distance)
        }
        match.textScore = score
        return match
    }
}

extension TextStatistics {
    /// Of no texts.
    static let none = TextStatistics(textCount: 0, averageLength: 0, frequencies: [])
}

// MARK: - By the index

extension VectorCollection {
    private func indexSearch(
        _ query: TextQuery, _ request: SearchRequest
    ) async throws(WhiplashError) -> TextMatches {
        let reader = PostingReader(collection: self, consistency: request.consistency)
        let heads = try await inTables { () throws(StoreError) in
            try await reader.heads([.everyText] + query.terms)
        }
        let terms = Array(heads.dropFirst())
        trace?.noteWords { $0.postingCount += heads.reduce(0) { $0 + $1.postings.count } }
        let scorer = TextScorer(query, TextStatistics(texts: heads[0], terms: terms))
        var ranking = TextRanking(scorer, limit: request.limit, accepts: accepts(request))
        for (term, head) in terms.enumerated() {
            ranking.add(
                head.postings, of: term, end: head.end,
                unreadCount: head.estimatedCount - Double(head.postings.count), key: itemKey)
        }
        while let step = ranking.next() {
            switch step {
            case .list(let term):
                let rest = try await inTables { () throws(StoreError) in
                    try await reader.rest(of: query.terms[term], behind: terms[term])
                }
                ranking.add(rest, of: term, end: nil, unreadCount: 0, key: itemKey)
                trace?.noteWords { $0.postingCount += rest.count }
            case .items(let keys): try await take(keys, &ranking, request)
            }
        }
        note(ranking)
        await remove(ranking.stale, of: query)
        return TextMatches(matches: ranking.matches, scorer: scorer)
    }

    private func itemKey(_ id: String) -> RowKey { layout.vectorKey(ItemName(id, in: nil)) }

    private func take(
        _ keys: [RowKey], _ ranking: inout TextRanking, _ request: SearchRequest
    ) async throws(WhiplashError) {
        trace?.enterWords(.texts)
        defer { trace?.enterWords(.candidates) }
        let now = origin.seconds
        let rows = try await storedRows(keys: keys, request.consistency).filter {
            !$0.value.isExpired(at: now)
        }
        ranking.take(rows, for: keys) { match($0, textScore: $1, request.query) }
        trace?.noteRound(texts: keys.count)
    }

    private func note(_ ranking: TextRanking) {
        trace?.noteWords { part in
            part.candidateCount += ranking.candidateCount
            part.staleCount += ranking.stale.count
            part.refusedCount += ranking.refusedCount
        }
    }

    /// What of an item decides whether it may be found, besides its words.
    private func accepts(_ request: SearchRequest) -> (Item) -> Bool {
        { item in
            guard request.filter?.matches(item.metadata) ?? true else { return false }
            guard let farthest = request.maxDistance, request.hasVector else { return true }
            return match(item, request.query).distance <= farthest
        }
    }

    /// Removes stale postings that no write under way can belong to. A removal that fails is left to the next search.
    private func remove(_ stale: [(term: Int, posting: Posting)], of query: TextQuery) async {
        let oldest = origin.now() - BucketRow.graceMilliseconds
        let old = stale.filter { $0.posting.stamp.milliseconds < oldest }.prefix(Self.removedAtOnce)
        if old.isEmpty { return }
        let writes = old.map { term, posting in
            Write.deleteMatching(
                RowKey(
                    partition: Posting.partition(of: query.terms[term], configuration),
                    sort: Posting.sortKey(
                        of: posting.id, count: posting.count, length: posting.length)),
                in: bucketsTable, attribute: "w", equals: .integer(posting.stamp.number))
        }
        try? await store.write(writes)
    }

    /// A search mends a little; it is not to wait for much.
    private static let removedAtOnce = 25
}

// MARK: - By going through texts

extension VectorCollection {
    private func best(
        of scan: TextScan, _ query: TextQuery, _ request: SearchRequest
    ) async throws(WhiplashError) -> TextMatches {
        trace?.noteWords { part in
            part.path = request.group == nil ? .exhaustive : .group
            part.scannedCount += scan.scannedCount
        }
        let scorer = TextScorer(query, scan.statistics)
        var ranking = TextRanking(scorer, limit: request.limit, accepts: accepts(request))
        for (key, counts) in scan.found { ranking.add(key, score: scorer.score(counts)) }
        while case .items(let keys)? = ranking.next() { try await take(keys, &ranking, request) }
        note(ranking)
        return TextMatches(matches: ranking.matches, scorer: scorer)
    }

    /// The items of one partition of the vectors table, a group's.
    private func scanPartition(
        _ partition: String, _ query: TextQuery, _ request: SearchRequest
    ) async throws(StoreError) -> TextScan {
        var range = RangeQuery(vectorsTable, partition: partition, consistency: request.consistency)
        var scan = TextScan(query)
        repeat {
            let page = try await store.query(range)
            add(page, to: &scan, request)
            range.after = page.next
        } while range.after != nil
        return scan
    }

    private func scanTable(
        _ query: TextQuery, _ request: SearchRequest
    ) async throws(StoreError) -> TextScan {
        let segments = Array(0..<Self.textSegments)
        let parts = try await concurrently(segments, width: segments.count) { segment throws(StoreError) in
            var table = TableScan(
                vectorsTable, segment: segment, of: Self.textSegments, consistency: request.consistency)
            var scan = TextScan(query)
            repeat {
                let page = try await store.scan(table)
                add(page, to: &scan, request)
                table.after = page.next
            } while table.after != nil
            return scan
        }
        return parts.dropFirst().reduce(into: parts[0]) { $0.merge($1) }
    }

    private static let textSegments = 4

    private func add(_ page: RowPage, to scan: inout TextScan, _ request: SearchRequest) {
        let now = origin.seconds
        for row in page.rows where layout.item(ofVector: row.key) != nil && !row.isExpired(at: now) {
            scan.add(row) { row in
                request.filter?.matches(row.text("m").map(RawJSON.init(checked:))) ?? true
            }
        }
    }
}

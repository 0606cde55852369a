import Storage

extension VectorCollection {
    /// A search by words, alone or beside a vector, of a request that has been checked.
    ///
    /// - Parameter depth: How far down each of two rankings is fused; at least the request's limit.
    func wordedSearch(_ request: SearchRequest, depth: Int) async throws(WhiplashError) -> [Match] {
        guard request.hasVector else { return try await textSearch(request).matches }
        var ranked = request
        ranked.limit = depth
        let (worded, near) = try await both(ranked)
        let farthest = request.maxDistance ?? .infinity
        let fused = FusedRanking(
            near: near.filter { $0.distance <= farthest }.map { scored($0, worded.scorer) },
            worded: worded.matches, request.fusion)
        return Array(fused.matches.prefix(request.limit))
    }

    /// Both rankings, at the same time.
    private func both(
        _ request: SearchRequest
    ) async throws(WhiplashError) -> (TextMatches, [Match]) {
        let start = RoundTrips.current?.count
        async let worded = branch(from: start) { () throws(WhiplashError) in try await textSearch(request) }
        let near = await branch(from: start) { () throws(WhiplashError) in try await vectorSearch(request) }
        return (try await worded.get(), try near.get())
    }

    /// What became of one of two searches at the same time.
    ///
    /// - Parameter start: The round trips before both; nil where they are not counted.
    private func branch<Value: Sendable>(
        from start: Int?, _ search: () async throws(WhiplashError) -> Value
    ) async -> Result<Value, WhiplashError> {
        guard let start, let trips = RoundTrips.current else { return await outcome(search) }
        let ended = await RoundTrips.branch(from: start) { await outcome(search) }
        trips.join(ended.count)
        return ended.output
    }

    /// A match by its vector, with the score of its text beside.
    private func scored(_ match: Match, _ scorer: TextScorer) -> Match {
        var match = match
        (match.vectorScore, match.textScore) = (match.score, Float(scorer.score(ofText: match.item.text)))
        return match
    }

    /// How far down the rankings are fused at least: from there on a rank counts for little, and each costs a read.
    static let fusedDepth = 50
    /// How far down they are fused for pages, so that each page goes on in the same ranking.
    static let pagedDepth = 1_000
}

// MARK: - Rules

extension VectorCollection {
    /// Throws `invalid` for a text that cannot be sought here, and for what goes with a text alone or with a vector alone.
    func check(textOf request: SearchRequest) throws(WhiplashError) {
        guard let text = request.text else {
            if request.fusion == .reciprocalRank { return }
            throw .invalid(Violation(field: "fusion", expected: "a text beside the query", received: "none"))
        }
        let count = TextQuery(text).terms.count
        if count > Self.maxQueryTerms {
            throw .invalid(
                Violation(
                    field: "text", expected: "at most \(Self.maxQueryTerms) different words",
                    received: "\(count)"))
        }
        guard configuration.textIndex || configuration.grouping || request.exact ?? false else {
            throw .invalid(
                Violation(
                    field: "text",
                    expected: "a collection created with text_index or grouping, or \"exact\": true, "
                        + "which reads every item",
                    received: "one without an index of words"))
        }
        if request.hasVector { try check(fusion: request.fusion) } else { try checkTextAlone(request) }
    }

    private func check(fusion: Fusion) throws(WhiplashError) {
        guard case .weighted(let weight) = fusion, !(0...1 ~= weight) else { return }
        throw .invalid(
            Violation(field: "fusion.weight", expected: "a number from 0 to 1", received: "\(weight)"))
    }

    private func checkTextAlone(_ request: SearchRequest) throws(WhiplashError) {
        if request.maxDistance != nil {
            throw .invalid(
                Violation(
                    field: "max_distance", expected: "none, as a text alone is at no distance",
                    received: "a number"))
        }
        if request.fusion != .reciprocalRank {
            throw .invalid(Violation(field: "fusion", expected: "a query beside the text", received: "none"))
        }
    }

    /// Different words of one query.
    static let maxQueryTerms = 128
}

import Storage
import VectorIndex

/// A page of matches. `cursor` is opaque; nil on the last page.
public struct MatchPage: Sendable {
    public var matches: [Match]
    public var cursor: String?
    /// How the search went, if it was asked to explain itself.
    public var explanation: SearchExplanation?

    public init(matches: [Match], cursor: String?, explanation: SearchExplanation? = nil) {
        self.matches = matches
        self.cursor = cursor
        self.explanation = explanation
    }
}

extension VectorCollection {
    /// The next `limit` matches of a search, behind those that the page before ended with.
    ///
    /// A page never repeats what pages before it gave, also when items are stored meanwhile. Each costs as much as a search
    /// for all matches up to its end, which is the `maxReach`-th at most; of a vector and a text together the `pagedDepth`-th.
    ///
    /// - Throws: As `search`; `invalid` for a cursor that is not of this collection's searches, or too deep.
    public func searchPage(_ request: SearchRequest, cursor: String?) async throws(WhiplashError) -> MatchPage
    {
        guard request.explain else { return try await unexplainedPage(request, cursor) }
        var (page, explanation) = try await explained { collection throws(WhiplashError) in
            try await collection.unexplainedPage(request, cursor)
        }
        page.explanation = explanation
        return page
    }

    private func unexplainedPage(
        _ request: SearchRequest, _ cursor: String?
    ) async throws(WhiplashError) -> MatchPage {
        let request = try await withQuery(request)
        try check(request)
        let start = try cursor.map { cursor throws(WhiplashError) in try position(cursor) }
        var all = request
        all.limit = start?.rank ?? 0
        var matches: [Match] = []
        repeat {
            all.limit += request.limit
            let reach = request.text == nil || !request.hasVector ? Self.maxReach : Self.pagedDepth
            guard all.limit <= reach else { throw Self.tooDeep(all.limit, of: reach) }
            let found = try await nearest(all, depth: Self.pagedDepth)
            matches = Array(found.drop { match in start.map { !match.isBehind($0.score, $0.id) } ?? false })
            // What was stored before the page's start meanwhile has pushed its matches farther back.
            if found.count < all.limit { break }
        } while matches.count < request.limit
        let near = matches.prefix(request.limit).filter(request.takes)
        guard near.count == request.limit, let last = near.last else {
            return MatchPage(matches: near, cursor: nil)
        }
        return MatchPage(
            matches: near,
            cursor: self.cursor([String(all.limit), String(last.score.bitPattern), last.item.id]))
    }

    /// How many matches pages can go through.
    public static let maxReach = 10_000

    private static func tooDeep(_ end: Int, of reach: Int) -> WhiplashError {
        .invalid(
            Violation(
                field: "cursor", expected: "a page within the first \(reach) matches",
                received: "one that ends at \(end)"))
    }

    private func position(_ cursor: String) throws(WhiplashError) -> MatchPosition {
        let texts = try texts(in: cursor, count: 3)
        guard let rank = Int(texts[0]), rank > 0, let bits = UInt32(texts[1]) else { throw Self.badCursor }
        return MatchPosition(rank: min(rank, Self.maxReach), score: Float(bitPattern: bits), id: texts[2])
    }
}

/// Where a page of matches ended.
private struct MatchPosition {
    let rank: Int
    let score: Float
    let id: String
}

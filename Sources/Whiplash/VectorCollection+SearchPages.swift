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
    /// for all matches up to its end. They end with the `maxReach`-th match, and of a vector and a text together with the `pagedDepth`-th.
    ///
    /// - Throws: As `search`; `invalid` for a cursor of another search.
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
        let scope = CursorScope(request)
        let start = try cursor.map { cursor throws(WhiplashError) in try position(cursor, of: scope) }
        let (given, reach) = (start?.rank ?? 0, Self.reach(of: request))
        var all = request
        all.limit = given
        var matches: [Match] = []
        repeat {
            all.limit = min(all.limit + request.limit, reach)
            let found = try await nearest(all, depth: Self.pagedDepth)
            matches = Array(found.drop { match in start.map { !match.isBehind($0.score, $0.id) } ?? false })
            // What was stored before the page's start meanwhile has pushed its matches farther back.
            if found.count < all.limit { break }
        } while matches.count < request.limit && all.limit < reach
        let near = matches.prefix(min(request.limit, reach - given)).filter(request.takes)
        let end = given + near.count
        guard near.count == request.limit, end < reach, let last = near.last else {
            return MatchPage(matches: near, cursor: nil)
        }
        let texts = [String(end), String(last.score.bitPattern), last.item.id]
        return MatchPage(matches: near, cursor: self.cursor(texts, of: scope))
    }

    /// How many matches pages can go through, by a vector alone or by words alone.
    public static let maxReach = 10_000

    private static func reach(of request: SearchRequest) -> Int {
        request.text == nil || !request.hasVector ? maxReach : pagedDepth
    }

    private func position(_ cursor: String, of scope: CursorScope) throws(WhiplashError) -> MatchPosition {
        let texts = try texts(in: cursor, of: scope, count: 3)
        guard let rank = Int(texts[0]), (1..<Self.maxReach).contains(rank), let bits = UInt32(texts[1]) else {
            throw Self.badCursor
        }
        return MatchPosition(rank: rank, score: Float(bitPattern: bits), id: texts[2])
    }
}

/// Where a page of matches ended.
private struct MatchPosition {
    /// How many matches there are up to it.
    let rank: Int
    let score: Float
    let id: String
}

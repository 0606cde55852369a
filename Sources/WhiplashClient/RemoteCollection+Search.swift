import JSON
import Whiplash

extension RemoteCollection {
    public func search(_ request: SearchRequest) async throws(WhiplashError) -> [Match] {
        try await answer(request.unexplained).matches
    }

    /// Of a request with an `excludedID` what is explained is a search for a match more, and for a thousand a page.
    public func answer(_ request: SearchRequest) async throws(WhiplashError) -> SearchAnswer {
        if request.needsPages {
            let page = try await searchPage(request, cursor: nil)
            return SearchAnswer(matches: page.matches, explanation: page.explanation)
        }
        do {
            let body = SearchBody(request: request.withRoomForExcluded)
            let answer = try await connection.send(
                "POST", path + "/search", body: JSONWriter.bytes(body), about: subject(of: request))
            var found = try connection.read(answer.body) { reader throws(JSONError) in
                try SearchAnswer(json: &reader, configuration.metric)
            }
            found.matches = request.withoutExcluded(found.matches)
            return found
        } catch {
            throw error.error
        }
    }

    /// Several searches, a hundred in a request.
    public func search(_ requests: [SearchRequest]) async throws(WhiplashError) -> [[Match]] {
        try await answer(requests.map(\.unexplained)).map(\.matches)
    }

    /// Several searches, a hundred in a request.
    public func answer(_ requests: [SearchRequest]) async throws(WhiplashError) -> [SearchAnswer] {
        let parts = stride(from: 0, to: requests.count, by: Self.searchesAtOnce).map { start in
            SearchPart(
                start: start, requests: requests[start..<min(start + Self.searchesAtOnce, requests.count)])
        }
        let found = try await inParallel(parts, width: connection.options.width) {
            part throws(WhiplashError) in try await answer(part)
        }
        return found.flatMap(\.self)
    }

    public func searchPage(_ request: SearchRequest, cursor: String?) async throws(WhiplashError) -> MatchPage
    {
        let page = try await storedPage(request, cursor: cursor)
        let matches = request.withoutExcluded(page.matches)
        guard matches.count < page.matches.count, let cursor = page.cursor else {
            return MatchPage(matches: matches, cursor: page.cursor, explanation: page.explanation)
        }
        // One took the place of another, which comes next.
        var one = request.unexplained
        one.limit = 1
        let last = try await storedPage(one, cursor: cursor)
        return MatchPage(
            matches: matches + last.matches, cursor: last.cursor, explanation: page.explanation)
    }

    /// A page as the API gives it.
    private func storedPage(
        _ request: SearchRequest, cursor: String?
    ) async throws(WhiplashError) -> MatchPage {
        do {
            let body = SearchBody(request: request, cursor: cursor)
            let answer = try await connection.send(
                "POST", path + "/search/page", body: JSONWriter.bytes(body), about: subject(of: request))
            return try connection.read(answer.body) { reader throws(JSONError) in
                try MatchPage(json: &reader, configuration.metric)
            }
        } catch {
            throw error.error
        }
    }

    private func subject(of request: SearchRequest) -> Subject {
        request.itemID.map { Subject(resource: .item, name: $0) } ?? subject
    }
}

// MARK: - Several at once

/// Some of the searches of a call, and where among them they stand.
private struct SearchPart: Sendable {
    let start: Int
    let requests: ArraySlice<SearchRequest>

    var body: [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.key("searches")
            writer.writeArray { writer in
                for request in requests { writer.write(SearchBody(request: request.withRoomForExcluded)) }
            }
        }
        return writer.bytes
    }
}

extension RemoteCollection {
    /// What the API takes at a time.
    private static let searchesAtOnce = 100

    private func answer(_ part: SearchPart) async throws(WhiplashError) -> [SearchAnswer] {
        if part.requests.contains(where: \.needsPages) {
            var found: [SearchAnswer] = []
            for request in part.requests { found.append(try await answer(request)) }
            return found
        }
        do {
            let answer = try await connection.send(
                "POST", path + "/search/batch", body: part.body, about: subject)
            let found = try read(answer.body)
            return zip(part.requests, found).map { request, found in
                SearchAnswer(
                    matches: request.withoutExcluded(found.matches), explanation: found.explanation)
            }
        } catch {
            guard ["answer_too_large", "body_too_large"].contains(error.code), part.requests.count > 1 else {
                throw error.error.moved(by: part.start, of: "searches")
            }
        }
        let middle = part.requests.startIndex + part.requests.count / 2
        let first = SearchPart(start: part.start, requests: part.requests[..<middle])
        let second = SearchPart(
            start: part.start + first.requests.count, requests: part.requests[middle...])
        return try await answer(first) + answer(second)
    }

    /// Reads `{"results": [[…], …]}`.
    private func read(_ body: [UInt8]) throws(Refusal) -> [SearchAnswer] {
        try connection.read(body) { reader throws(JSONError) in
            var results: [SearchAnswer] = []
            try reader.readObject { name, reader throws(JSONError) in
                guard name == "results" else { return try reader.skip() }
                try reader.readArray { _, reader throws(JSONError) in
                    results.append(try SearchAnswer(json: &reader, configuration.metric))
                }
            }
            return results
        }
    }
}

// MARK: - What the API does not leave out

extension SearchRequest {
    fileprivate var unexplained: SearchRequest {
        var request = self
        request.explain = false
        return request
    }

    /// Whether there is no room for one more match in an answer.
    fileprivate var needsPages: Bool { excludedID != nil && limit == Self.limitRange.upperBound }

    /// The request with room for the item that the API does not know is to be left out.
    fileprivate var withRoomForExcluded: SearchRequest {
        var request = self
        if excludedID != nil, Self.limitRange.contains(limit) { request.limit += 1 }
        return request
    }

    fileprivate func withoutExcluded(_ matches: [Match]) -> [Match] {
        guard let excludedID else { return matches }
        return Array(matches.filter { !$0.item.id.utf8.elementsEqual(excludedID.utf8) }.prefix(limit))
    }
}

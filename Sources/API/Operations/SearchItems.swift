import JSON
import Whiplash

/// `POST …/search`: the items nearest to a query or with the words of a text, the best first.
enum SearchItems: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let body = try call.readBody { reader throws(JSONError) in try SearchBody(&reader) }
        if body.cursor != nil {
            throw Problem.invalid(
                "cursor", expected: "none; pages are asked for at …/search/page", received: "one")
        }
        let collection = try await call.collection
        let answer = try await collection.answer(body.request)
        var writer = JSONWriter()
        writer.write(answer, showing: body.parts, of: collection)
        return Response(json: writer.bytes)
    }
}

extension JSONWriter {
    /// The matches alone, or in an object with how the search went.
    mutating func write(_ answer: SearchAnswer, showing parts: ItemParts, of collection: VectorCollection) {
        guard let explanation = answer.explanation else {
            return write(answer.matches, showing: parts, of: collection)
        }
        writeObject { writer in
            writer.key("matches")
            writer.write(answer.matches, showing: parts, of: collection)
            writer.member("explain", explanation)
        }
    }

    /// An array of matches. `dist` is the score, larger for what is nearer: the name is the ancestor's. Where a text was sought its
    /// score stands beside, and that of the vector where both were.
    mutating func write(_ matches: [Match], showing parts: ItemParts, of collection: VectorCollection) {
        let showsDistance = collection.configuration.metric == .euclidean
        writeArray { writer in
            for match in matches {
                writer.writeObject { writer in
                    parts.write(match.item, to: &writer)
                    writer.member("dist", match.score)
                    if showsDistance, !match.distance.isNaN { writer.member("distance", match.distance) }
                    if let score = match.vectorScore { writer.member("vector_score", score) }
                    if let score = match.textScore { writer.member("text_score", score) }
                }
            }
        }
    }
}

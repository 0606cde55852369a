import JSON
import Whiplash

/// `POST …/search`: the items nearest to a query, nearest first.
enum SearchItems: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let body = try call.readBody { reader throws(JSONError) in try SearchBody(&reader) }
        let collection = try await call.collection
        let matches = try await collection.search(body.request)
        let showsDistance = collection.configuration.metric == .euclidean
        var writer = JSONWriter()
        writer.writeArray { writer in
            for match in matches {
                writer.writeObject { write(match, body.parts, showsDistance, to: &$0) }
            }
        }
        return Response(json: writer.bytes)
    }

    /// `dist` is the score, larger for what is nearer: the name is the ancestor's.
    private static func write(
        _ match: Match, _ parts: ItemParts, _ showsDistance: Bool, to writer: inout JSONWriter
    ) {
        parts.write(match.item, to: &writer)
        writer.member("dist", match.score)
        if showsDistance { writer.member("distance", match.distance) }
    }
}

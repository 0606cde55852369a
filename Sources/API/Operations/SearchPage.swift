import JSON
import Whiplash

/// `POST …/search/page`: matches in pages, each behind the one before.
enum SearchPage: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let body = try call.readBody { reader throws(JSONError) in try SearchBody(&reader) }
        let collection = try await call.collection
        let page = try await collection.searchPage(body.request, cursor: body.cursor)
        return Response { writer in
            writer.key("matches")
            writer.write(page.matches, showing: body.parts, of: collection)
            writer.member(cursor: page.cursor)
            if let explanation = page.explanation { writer.member("explain", explanation) }
        }
    }
}

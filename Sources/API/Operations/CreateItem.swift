import JSON
import Whiplash

/// `POST …/items`: stores one item, in the place of one with its id or on a condition.
enum CreateItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let write = try call.readBody { reader throws(JSONError) in try ItemWrite(&reader) }
        let stored = try await call.collection.write([write]) { _ in "" }
        return .success { writer in
            writer.member("count", 1)
            writer.member(versionOf: stored)
        }
    }
}

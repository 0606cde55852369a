import JSON
import Whiplash

/// `POST …/items`: stores one item, in the place of one with its id.
enum CreateItem: Operation {
    static func answer(_ call: Call) async throws -> Response {
        let item = try call.readBody { reader throws(JSONError) in try Item(&reader) }
        try await call.collection.insert([item]) { _ in "" }
        return .success { $0.member("count", 1) }
    }
}

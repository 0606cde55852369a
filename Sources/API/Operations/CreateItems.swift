import JSON
import Whiplash

/// `POST …/items/batch`: stores many items; all are checked before any is stored.
enum CreateItems: Operation {
    private static let fields = Fields(required: ["vectors"])
    private static let maxItems = 10_000

    static func answer(_ call: Call) async throws -> Response {
        let items = try call.readBody { reader throws(JSONError) in try readBatch(&reader) }
        try await call.collection.insert(items)
        return .success { $0.member("count", items.count) }
    }

    private static func readBatch(_ reader: inout JSONReader) throws(JSONError) -> [Item] {
        var items: [Item] = []
        try fields.read(&reader) { _, reader throws(JSONError) in
            try reader.readArray { index, reader throws(JSONError) in
                if index == maxItems { throw reader.tooMany(maxItems) }
                items.append(try Item(&reader, expecting: items.last?.vector.count ?? 0))
            }
            if items.isEmpty { throw reader.fault(expected: "at least one item", received: "an empty array") }
        }
        return items
    }
}

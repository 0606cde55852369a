import JSON

/// `POST …/items/batch/delete`: removes many items; ids of which there are none are no error.
enum DeleteItems: Operation {
    private static let fields = Fields(required: ["ids"])
    private static let idCounts = 1...1000

    static func answer(_ call: Call) async throws -> Response {
        let ids = try call.readBody { reader throws(JSONError) in
            var ids: [String] = []
            try fields.read(&reader) { _, reader throws(JSONError) in ids = try reader.readStrings(idCounts) }
            return ids
        }
        let count = try await call.collection.delete(ids: ids)
        return .success { $0.member("deleted", count) }
    }
}

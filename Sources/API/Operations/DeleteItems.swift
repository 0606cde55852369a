import JSON

/// `POST …/items/batch/delete`: removes many items; ids of which there are none are no error.
enum DeleteItems: Operation {
    private static let fields = Fields(required: ["ids"], optional: ["group"])
    private static let idCounts = 1...1000

    static func answer(_ call: Call) async throws -> Response {
        var (ids, group): ([String], String?) = ([], nil)
        try call.readBody { reader throws(JSONError) in
            try fields.read(&reader) { name, reader throws(JSONError) in
                switch name {
                case "group": group = try reader.readString()
                default: ids = try reader.readStrings(idCounts)
                }
            }
        }
        let count = try await call.collection.delete(ids: ids, in: group)
        return .success { $0.member("deleted", count) }
    }
}

import JSON
import Whiplash

/// `POST …/items/batch/delete`: removes many items, by their ids or by a filter; ids of which there are none are no error.
enum DeleteItems: Operation {
    private static let fields = Fields(optional: ["ids", "filter", "group", "cursor"])
    private static let idCounts = 1...1000

    static func answer(_ call: Call) async throws -> Response {
        var (ids, selection): ([String]?, Selection) = (nil, Selection())
        try call.readBody { reader throws(JSONError) in
            let start = reader.position
            try fields.read(&reader) { name, reader throws(JSONError) in
                switch name {
                case "ids": ids = try reader.readStrings(idCounts)
                default: try selection.read(name, &reader)
                }
            }
            try check(ids, selection, start)
        }
        let collection = try await call.collection
        if let ids {
            let count = try await collection.delete(ids: ids, in: selection.group)
            return .success { $0.member("deleted", count) }
        }
        let deleted = try await collection.delete(
            where: selection.filter ?? .or([]), cursor: selection.cursor, in: selection.group)
        return .success { writer in
            writer.member("deleted", deleted.count)
            writer.member(cursor: deleted.cursor)
        }
    }

    private static func check(_ ids: [String]?, _ selection: Selection, _ start: Int) throws(JSONError) {
        func refused(_ field: String, _ fault: FieldFault) -> JSONError {
            JSONError(.refused(fault), at: start, path: [.key(field)])
        }
        switch (ids, selection.filter) {
        case (nil, nil): throw refused("ids", .rule(expected: "ids or a filter", received: "neither"))
        case (_?, _?): throw refused("filter", .rule(expected: "either ids or a filter", received: "both"))
        case (_?, nil) where selection.cursor != nil:
            throw refused("cursor", .rule(expected: "one with a filter", received: "one with ids"))
        default: break
        }
    }
}

import JSON
import Whiplash

/// `POST …/search/batch`: several searches in one request, answered in their order.
enum SearchBatch: Operation {
    private static let fields = Fields(required: ["searches"])
    private static let maxSearches = 100

    static func answer(_ call: Call) async throws -> Response {
        let bodies = try call.readBody { reader throws(JSONError) in try readBodies(&reader) }
        let collection = try await call.collection
        let results = try await collection.answer(bodies.map(\.request))
        return Response { writer in
            writer.key("results")
            writer.writeArray { writer in
                for (body, answer) in zip(bodies, results) {
                    writer.write(answer, showing: body.parts, of: collection)
                }
            }
        }
    }

    private static func readBodies(_ reader: inout JSONReader) throws(JSONError) -> [SearchBody] {
        var bodies: [SearchBody] = []
        try fields.read(&reader) { _, reader throws(JSONError) in
            try reader.readArray { index, reader throws(JSONError) in
                if index == maxSearches { throw reader.tooMany(maxSearches) }
                let body = try SearchBody(&reader)
                if body.cursor != nil {
                    throw reader.fault(expected: "a search without cursor", received: "one")
                }
                bodies.append(body)
            }
        }
        return bodies
    }
}

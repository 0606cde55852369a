import JSON
import Whiplash

/// `PATCH …/items/{itemId}`: changes an item in part.
///
/// `metadata` is merged (RFC 7396), `null` removes it or the `text`, and what is not named stays.
enum UpdateItem: Operation {
    private static let fields = Fields(
        optional: ["vector"], nullable: ["metadata", "text"])

    static func answer(_ call: Call) async throws -> Response {
        let id = try call.itemID
        let patch = try call.readBody { reader throws(JSONError) in try readPatch(&reader) }
        let group = try Query(call.query, known: ["group"]).text("group")
        return Response(try await call.collection.update(id, patch, in: group))
    }

    private static func readPatch(_ reader: inout JSONReader) throws(JSONError) -> ItemPatch {
        var patch = ItemPatch()
        try fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "vector": patch.vector = try reader.readVector()
            case "metadata": patch.metadata = try readMetadata(&reader)
            default: patch.text = .some(try readText(&reader))
            }
        }
        if patch.vector == nil, patch.metadata == nil, patch.text == nil {
            throw reader.fault(expected: "'vector', 'metadata' or 'text'", received: "none of them")
        }
        return patch
    }

    private static func readMetadata(_ reader: inout JSONReader) throws(JSONError) -> RawJSON {
        try reader.peekKind() == .null ? try reader.readRaw() : try reader.readMetadata()
    }

    private static func readText(_ reader: inout JSONReader) throws(JSONError) -> String? {
        if try reader.peekKind() != .null { return try reader.readString() }
        try reader.readNull()
        return nil
    }
}

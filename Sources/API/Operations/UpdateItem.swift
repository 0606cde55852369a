import JSON
import Whiplash

/// `PATCH …/items/{itemId}`: changes an item in part.
///
/// `metadata` is merged (RFC 7396), `null` removes it, the `text`, `timestamp` or `expires_at`, and what is not named stays.
enum UpdateItem: Operation {
    private static let fields = Fields(
        optional: ["vector", "version"], nullable: ["metadata", "text", "timestamp", "expires_at"])

    static func answer(_ call: Call) async throws -> Response {
        // What was stored is in the answer.
        try call.access.check(.read, project: nil)
        let id = try call.itemID
        let (patch, version) = try call.readBody { reader throws(JSONError) in try readPatch(&reader) }
        let group = try Query(call.query, known: ["group"]).group
        return Response(try await call.collection.update(id, patch, in: group, version: version))
    }

    private static func readPatch(
        _ reader: inout JSONReader
    ) throws(JSONError) -> (patch: ItemPatch, version: ItemVersion?) {
        var (patch, version): (ItemPatch, ItemVersion?) = (ItemPatch(), nil)
        try fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "vector": patch.vector = try reader.readVector()
            case "metadata": patch.metadata = try readMetadata(&reader)
            case "version": version = try reader.readVersion()
            case "timestamp": patch.timestamp = .some(try readTime(&reader))
            case "expires_at": patch.expiresAt = .some(try readTime(&reader))
            default: patch.text = .some(try readText(&reader))
            }
        }
        let isEmpty =
            patch.vector == nil && patch.metadata == nil && patch.text == nil && patch.timestamp == nil
            && patch.expiresAt == nil
        if isEmpty {
            throw reader.fault(
                expected: "'vector', 'metadata', 'text', 'timestamp' or 'expires_at'",
                received: "none of them")
        }
        return (patch, version)
    }

    private static func readMetadata(_ reader: inout JSONReader) throws(JSONError) -> RawJSON {
        try reader.peekKind() == .null ? try reader.readRaw() : try reader.readMetadata()
    }

    private static func readTime(_ reader: inout JSONReader) throws(JSONError) -> Int64? {
        try reader.readUnlessNull { reader throws(JSONError) in try reader.readTime() }
    }

    private static func readText(_ reader: inout JSONReader) throws(JSONError) -> String? {
        try reader.readUnlessNull { reader throws(JSONError) in try reader.readString() }
    }
}

import JSON
import Whiplash

/// `PATCH …/collections/{collectionId}`: changes what may be changed of a collection while it is used.
///
/// `metadata` is merged (RFC 7396), `null` removes it or the description, and what is not named stays.
enum UpdateCollection: Operation {
    private static let rows =
        "it decides how every row is written; clone the collection with another (POST …/clone), and rename the clone or let an alias mean it"
    private static let items =
        "the items are made for it; create another collection, and import what this one's export gives"
    private static let fields = Fields(
        optional: ["n_planes", "bit_start", "bit_scale_factor"], nullable: ["description", "metadata"],
        fixed: [
            "metric": rows, "vector_type": rows, "text_index": rows, "filterable": rows, "n_features": items,
            "grouping": items,
            "name": "POST …/rename gives a collection another name",
            "collection_name": "POST …/rename gives a collection another name",
            "project_name": "a collection stays in its project; import its export into another",
        ])

    static func answer(_ call: Call) async throws -> Response {
        let changes = try call.readBody { reader throws(JSONError) in try readChanges(&reader) }
        let name = try call.collectionName
        let changed = try await call.database.updateCollection(name, changes, in: call.project)
        return Response(changed.configuration)
    }

    private static func readChanges(_ reader: inout JSONReader) throws(JSONError) -> CollectionChanges {
        var changes = CollectionChanges()
        try fields.read(&reader) { field, reader throws(JSONError) in
            switch field {
            case "n_planes": changes.planeCount = try reader.readInteger()
            case "bit_start": changes.bitStart = try reader.readInteger()
            case "bit_scale_factor": changes.bitScaleFactor = try reader.readDouble()
            case "description": changes.description = .some(try readDescription(&reader))
            default:
                changes.metadata =
                    try reader.peekKind() == .null ? try reader.readRaw() : try reader.readMetadata()
            }
        }
        if changes == CollectionChanges() {
            throw reader.fault(
                expected: "'description', 'metadata', 'n_planes', 'bit_start' or 'bit_scale_factor'",
                received: "none of them")
        }
        return changes
    }

    private static func readDescription(_ reader: inout JSONReader) throws(JSONError) -> String? {
        try reader.readUnlessNull { reader throws(JSONError) in try reader.readString() }
    }
}

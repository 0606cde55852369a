import JSON
import VectorIndex
import Whiplash

/// `POST …/collections`: makes a collection, and its project when that is new.
enum CreateCollection: Operation {
    private static let fields = Fields(
        required: ["n_features"],
        optional: [
            "name", "collection_name", "n_planes", "bit_start", "bit_scale_factor", "metric", "grouping",
            "vector_type", "text_index", "filterable", "description", "metadata",
        ])

    static func answer(_ call: Call) async throws -> Response {
        let new = try call.readBody { reader throws(JSONError) in try readCollection(&reader) }
        return Response(try await call.database.createCollection(new, in: call.project).configuration)
    }

    private static func readCollection(_ reader: inout JSONReader) throws(JSONError) -> NewCollection {
        var name = AliasedName("name", or: "collection_name")
        var new = NewCollection(name: "", featureCount: 0)
        try fields.read(&reader) { field, reader throws(JSONError) in
            switch field {
            case "n_features": new.featureCount = try reader.readInteger()
            case "n_planes": new.planeCount = try reader.readInteger()
            case "bit_start": new.bitStart = try reader.readInteger()
            case "bit_scale_factor": new.bitScaleFactor = try reader.readDouble()
            case "metric": new.metric = try reader.readMetric()
            case "grouping": new.grouping = try reader.readBool()
            case "filterable": new.filterable = try reader.readStrings(0...(.max))
            case "description": new.description = try reader.readString()
            case "metadata": new.metadata = try reader.readMetadata()
            case "text_index": new.textIndex = try reader.readBool()
            case "vector_type": new.vectorType = try reader.readVectorType()
            default: try name.read(field, &reader)
            }
        }
        new.name = try name.value(reader)
        return new
    }
}

extension JSONReader {
    mutating func readMetric() throws(JSONError) -> Metric {
        Metric(rawValue: try readWord(Metric.allCases.map(\.rawValue))) ?? .cosine
    }

    mutating func readVectorType() throws(JSONError) -> VectorType {
        VectorType(rawValue: try readWord(VectorType.allCases.map(\.rawValue))) ?? .float32
    }
}

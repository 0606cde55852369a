import JSON
import VectorIndex
import Whiplash

/// `POST …/collections`: makes a collection, and its project when that is new.
enum CreateCollection: Operation {
    private static let fields = Fields(
        required: ["n_features"],
        optional: [
            "name", "collection_name", "n_planes", "bit_start", "bit_scale_factor", "metric", "grouping",
            "vector_type", "text_index", "filterable",
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
            case "metric": new.metric = try readMetric(&reader)
            case "grouping": new.grouping = try reader.readBool()
            case "filterable": new.filterable = try reader.readStrings(0...(.max))
            case "text_index": new.textIndex = try reader.readBool()
            case "vector_type": new.vectorType = try readVectorType(&reader)
            default: try name.read(field, &reader)
            }
        }
        new.name = try name.value(reader)
        return new
    }

    private static func readMetric(_ reader: inout JSONReader) throws(JSONError) -> Metric {
        let word = try reader.readWord(Metric.allCases.map(\.rawValue))
        return Metric(rawValue: word) ?? .cosine
    }

    private static func readVectorType(_ reader: inout JSONReader) throws(JSONError) -> VectorType {
        let word = try reader.readWord(VectorType.allCases.map(\.rawValue))
        return VectorType(rawValue: word) ?? .float32
    }
}

import JSON
import VectorIndex
import Whiplash

/// `POST …/clone`: copies a collection under another name, as far as the time of one request goes.
///
/// Who calls it goes on calling, with the same body, until `done` is true.
enum CloneCollection: Operation {
    private static let fields = Fields(
        required: ["name"],
        optional: ["metric", "vector_type", "text_index", "filterable", "description", "metadata"])

    static func answer(_ call: Call) async throws -> Response {
        let clone = try call.readBody { reader throws(JSONError) in try readClone(&reader) }
        let name = try call.collectionName
        let report = try await call.database.cloneCollection(
            name, as: clone, in: call.project, within: TuneCollection.milliseconds)
        return .success { writer in
            writer.member("done", report.isDone)
            writer.member("state", report.state)
            writer.member("copied", report.copiedCount)
        }
    }

    private static func readClone(_ reader: inout JSONReader) throws(JSONError) -> NewClone {
        var clone = NewClone(name: "")
        try fields.read(&reader) { field, reader throws(JSONError) in
            switch field {
            case "name": clone.name = try reader.readString()
            case "metric": clone.metric = try reader.readMetric()
            case "vector_type": clone.vectorType = try reader.readVectorType()
            case "text_index": clone.textIndex = try reader.readBool()
            case "filterable": clone.filterable = try reader.readStrings(0...(.max))
            case "description": clone.description = try reader.readString()
            default: clone.metadata = try reader.readMetadata()
            }
        }
        return clone
    }
}

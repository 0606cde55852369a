import JSON
import Whiplash

/// The body of a search: what is sought, and what of each match is shown.
struct SearchBody {
    private(set) var request = SearchRequest(query: [])
    private(set) var parts = ItemParts()

    private static let fields = Fields(
        required: ["query"],
        optional: [
            "group", "limit", "min_score", "max_distance", "exact", "consistency", "include_vector",
            "vector_format", "include_metadata", "include_text", "filter",
        ],
        later: ["text"])

    init(_ reader: inout JSONReader) throws(JSONError) {
        try Self.fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "query": request.query = try reader.readVector()
            case "group": request.group = try reader.readString()
            case "limit": request.limit = try reader.readInteger(in: SearchRequest.limitRange)
            case "min_score": request.minScore = try reader.readFloat()
            case "max_distance": request.maxDistance = try reader.readFloat()
            case "exact": request.exact = try reader.readBool()
            case "consistency":
                request.eventual = try reader.readWord(["strong", "eventual"]) == "eventual"
            case "filter": request.filter = try reader.readFilter()
            case "include_vector": parts.vector = try reader.readBool()
            case "vector_format": parts.vectorFormat = try VectorFormat(&reader)
            case "include_metadata": parts.metadata = try reader.readBool()
            default: parts.text = try reader.readBool()
            }
        }
    }
}

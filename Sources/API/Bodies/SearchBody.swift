import JSON
import Whiplash

/// The body of a search: what is sought, and what of each match is shown.
struct SearchBody: Sendable {
    private(set) var request = SearchRequest(query: [])
    private(set) var parts = ItemParts(version: false)
    /// Where a page begins.
    private(set) var cursor: String?

    private static let fields = Fields(
        optional: [
            "query", "id", "group", "limit", "min_score", "max_distance", "exact", "target_recall",
            "consistency", "include_vector", "vector_format", "include_metadata", "include_text",
            "include_version", "filter", "cursor", "text", "fusion", "explain",
        ])

    init(_ reader: inout JSONReader) throws(JSONError) {
        let start = reader.position
        try Self.fields.read(&reader) { name, reader throws(JSONError) in
            switch name {
            case "query": request.query = try reader.readVector()
            case "text": request.text = try reader.readString()
            case "fusion": request.fusion = try Fusion(&reader)
            case "id": request.itemID = try reader.readString()
            case "group": request.group = try reader.readString()
            case "limit": request.limit = try reader.readInteger(in: SearchRequest.limitRange)
            case "min_score": request.minScore = try reader.readFloat()
            case "max_distance": request.maxDistance = try reader.readFloat()
            case "exact": request.exact = try reader.readBool()
            case "target_recall": request.targetRecall = try reader.readDouble()
            case "consistency":
                request.eventual = try reader.readWord(["strong", "eventual"]) == "eventual"
            case "filter": request.filter = try reader.readFilter()
            case "explain": request.explain = try reader.readBool()
            case "cursor": cursor = try reader.readString()
            case "include_vector": parts.vector = try reader.readBool()
            case "vector_format": parts.vectorFormat = try VectorNotation(&reader)
            case "include_version": parts.version = try reader.readBool()
            case "include_metadata": parts.metadata = try reader.readBool()
            default: parts.text = try reader.readBool()
            }
            hasQuery = hasQuery || name == "query"
            hasFusion = hasFusion || name == "fusion"
        }
        try check(start)
    }

    private var (hasQuery, hasFusion) = (false, false)

    private func check(_ start: Int) throws(JSONError) {
        let fault: FieldFault? =
            switch (hasQuery, request.itemID) {
            case (false, nil) where request.text == nil:
                .rule(expected: "a query, a text or the id of an item", received: "none of them")
            // No vector at all is what a search by text alone has.
            case (true, nil) where request.query.isEmpty && request.text != nil:
                .rule(expected: "numbers", received: "an empty array")
            case (true, _?): .rule(expected: "either a query or the id of an item", received: "both")
            default: nil
            }
        if let fault { throw JSONError(.refused(fault), at: start, path: [.key("query")]) }
        if hasFusion, request.text == nil {
            let fault = FieldFault.rule(expected: "a text beside it", received: "none")
            throw JSONError(.refused(fault), at: start, path: [.key("fusion")])
        }
    }
}

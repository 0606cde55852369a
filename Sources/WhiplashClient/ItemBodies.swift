import JSON
import VectorIndex
import Whiplash

/// The body of a change.
struct PatchBody: JSONWritable {
    let patch: ItemPatch
    let version: ItemVersion?

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            if let vector = patch.vector {
                writer.key("vector")
                writer.write(vector, as: .base64)
            }
            if let metadata = patch.metadata { writer.member("metadata", metadata) }
            if let text = patch.text { writer.member("text", orNull: text) }
            if let time = patch.timestamp { writer.member("timestamp", orNull: time) }
            if let time = patch.expiresAt { writer.member("expires_at", orNull: time) }
            if let version { writer.member("version", version.text) }
        }
    }
}

/// The body of a search. The query goes as it is; what comes back is in base64.
struct SearchBody: JSONWritable {
    let request: SearchRequest
    /// Where a page begins.
    var cursor: String?

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            if let id = request.itemID { writer.member("id", id) }
            if request.itemID == nil && request.text == nil || !request.query.isEmpty {
                writer.key("query")
                writer.write(request.query, as: .base64)
            }
            if let text = request.text { writer.member("text", text) }
            if case .weighted(let weight) = request.fusion { writer.member(fusionWeight: weight) }
            writer.member("limit", request.limit)
            if let cursor { writer.member("cursor", cursor) }
            if request.explain { writer.member("explain", true) }
            if let group = request.group { writer.member("group", group) }
            if let score = request.minScore { writer.member("min_score", score) }
            if let distance = request.maxDistance { writer.member("max_distance", distance) }
            if let filter = request.filter { writer.member("filter", filter) }
            if let exact = request.exact { writer.member("exact", exact) }
            if let recall = request.targetRecall { writer.member("target_recall", recall) }
            if request.eventual { writer.member("consistency", "eventual") }
            writer.member("vector_format", VectorNotation.base64.rawValue)
            writer.member("include_version", true)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(fusionWeight weight: Float) {
        key("fusion")
        writeObject { writer in
            writer.member("method", "weighted")
            writer.member("weight", weight)
        }
    }
}

/// What the API says of a batch: the version of the items stored, and those that are not.
struct BatchAnswer {
    struct Refused {
        var index = -1
        var fault: AnswerFault?
    }

    private(set) var version: ItemVersion?
    private(set) var refused: [Refused] = []

    /// Reads `{"version"?, "failed"?: [{"index", "error": {…}}]}`; other members are passed over.
    init(json reader: inout JSONReader) throws(JSONError) {
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "version" where try reader.peekKind() == .string:
                version = ItemVersion(try reader.readString())
            case "failed":
                try reader.readArray { _, reader throws(JSONError) in
                    refused.append(try Self.readRefused(&reader))
                }
            default: try reader.skip()
            }
        }
    }

    private static func readRefused(_ reader: inout JSONReader) throws(JSONError) -> Refused {
        var refused = Refused()
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "index": refused.index = try reader.readInteger()
            case "error": refused.fault = try AnswerFault(json: &reader)
            default: try reader.skip()
            }
        }
        return refused
    }
}

extension ItemPage {
    /// Reads `{"items": […], "cursor"?}`; other members are passed over.
    init(json reader: inout JSONReader, dimension: Int) throws(JSONError) {
        self.init(items: [], cursor: nil)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "items":
                try reader.readArray { _, reader throws(JSONError) in
                    items.append(try Item(json: &reader, expecting: dimension))
                }
            case "cursor" where try reader.peekKind() == .string: cursor = try reader.readString()
            default: try reader.skip()
            }
        }
    }
}

/// The body of an operation on the items that pass a filter.
struct SelectionBody: JSONWritable {
    let filter: MetadataFilter
    let group: String?
    let cursor: String?
    /// Of a page.
    var limit: Int?

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("filter", filter)
            if let group { writer.member("group", group) }
            if let cursor { writer.member("cursor", cursor) }
            guard let limit else { return }
            writer.member("limit", limit)
            writer.member("vector_format", VectorNotation.base64.rawValue)
        }
    }
}

extension MatchPage {
    /// Reads `{"matches": […], "cursor", "explain"?}`.
    init(json reader: inout JSONReader, _ metric: Metric) throws(JSONError) {
        self.init(matches: [], cursor: nil)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "matches": matches = try [Match](json: &reader, metric)
            case "cursor": cursor = try reader.readStringOrNull()
            case "explain": explanation = try SearchExplanation(json: &reader)
            default: try reader.skip()
            }
        }
    }
}

extension [Match] {
    init(json reader: inout JSONReader, _ metric: Metric) throws(JSONError) {
        self.init()
        try reader.readArray { _, reader throws(JSONError) in
            append(try Match(json: &reader, metric))
        }
    }
}

extension JSONReader {
    mutating func readStringOrNull() throws(JSONError) -> String? {
        try readUnlessNull { reader throws(JSONError) in try reader.readString() }
    }
}

extension Match {
    /// Reads an item's members and the scores. The distance is that of the vector's score, and NaN where there is none.
    init(json reader: inout JSONReader, _ metric: Metric) throws(JSONError) {
        var (score, vectorScore, textScore): (Float?, Float?, Float?)
        let item = try Item(json: &reader) { name, reader throws(JSONError) in
            switch name {
            case "dist": score = try reader.readFloat()
            case "vector_score": vectorScore = try reader.readFloat()
            case "text_score": textScore = try reader.readFloat()
            default: try reader.skip()
            }
        }
        guard let score else { throw reader.mismatch(expected: "a match with 'dist'", received: "none") }
        let nearness = textScore == nil ? score : vectorScore
        self.init(item: item, score: score, distance: nearness.map { metric.distance(ofScore: $0) } ?? .nan)
        (self.vectorScore, self.textScore) = (vectorScore, textScore)
    }
}

extension GroupNamePage {
    /// Reads `{"groups": […], "cursor"}`.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(groups: [], cursor: nil)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "groups":
                try reader.readArray { _, reader throws(JSONError) in groups.append(try reader.readString()) }
            case "cursor" where try reader.peekKind() == .string: cursor = try reader.readString()
            default: try reader.skip()
            }
        }
    }
}

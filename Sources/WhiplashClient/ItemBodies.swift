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
            if let text = patch.text {
                writer.key("text")
                if let text { writer.write(text) } else { writer.writeNull() }
            }
            if let time = patch.expiresAt {
                writer.key("expires_at")
                if let time { writer.write(time) } else { writer.writeNull() }
            }
            if let version { writer.member("version", version.text) }
        }
    }
}

/// The body of a search. The query goes as it is; what comes back is in base64.
struct SearchBody: JSONWritable {
    let request: SearchRequest

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.key("query")
            writer.write(request.query, as: .base64)
            writer.member("limit", request.limit)
            if let group = request.group { writer.member("group", group) }
            if let score = request.minScore { writer.member("min_score", score) }
            if let distance = request.maxDistance { writer.member("max_distance", distance) }
            if let filter = request.filter { writer.member("filter", filter) }
            if let exact = request.exact { writer.member("exact", exact) }
            if request.eventual { writer.member("consistency", "eventual") }
            writer.member("vector_format", VectorNotation.base64.rawValue)
            writer.member("include_version", true)
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

extension Match {
    /// Reads an item's members and `dist`. The distance is that of the score.
    init(json reader: inout JSONReader, _ metric: Metric) throws(JSONError) {
        var score: Float?
        let item = try Item(json: &reader) { name, reader throws(JSONError) in
            switch name {
            case "dist": score = try reader.readFloat()
            default: try reader.skip()
            }
        }
        guard let score else { throw reader.mismatch(expected: "a match with 'dist'", received: "none") }
        self.init(item: item, score: score, distance: metric.distance(ofScore: score))
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

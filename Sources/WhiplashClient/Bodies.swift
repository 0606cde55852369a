import JSON
import VectorIndex
import Whiplash

/// The body that asks for a collection.
struct NewCollectionBody: JSONWritable {
    let new: NewCollection

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("name", new.name)
            writer.member("n_features", new.featureCount)
            if let count = new.planeCount { writer.member("n_planes", count) }
            if let bits = new.bitStart { writer.member("bit_start", bits) }
            if let factor = new.bitScaleFactor { writer.member("bit_scale_factor", factor) }
            writer.member("metric", new.metric.rawValue)
            if new.grouping { writer.member("grouping", true) }
            if new.vectorType != .float32 { writer.member("vector_type", new.vectorType.rawValue) }
            if new.textIndex { writer.member("text_index", true) }
            if let description = new.description { writer.member("description", description) }
            if let metadata = new.metadata { writer.member("metadata", metadata) }
            if new.filterable.isEmpty { return }
            writer.key("filterable")
            writer.writeArray { writer in
                for key in new.filterable { writer.write(key) }
            }
        }
    }
}

extension NewCollection {
    /// Whether a collection is what this asks for.
    func agrees(with found: CollectionConfiguration) -> Bool {
        found.featureCount == featureCount && found.metric == metric
            && found.grouping == grouping && found.vectorType == vectorType && found.textIndex == textIndex
            && found.filterable.elementsEqual(filterable) { $0.utf8.elementsEqual($1.utf8) }
            && (planeCount ?? found.planeCount) == found.planeCount
            && (bitStart ?? found.bitStart) == found.bitStart
            && (bitScaleFactor ?? found.bitScaleFactor) == found.bitScaleFactor
    }
}

extension CollectionConfiguration {
    /// Reads what the API says of a collection. Fields of a later version are passed over.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(
            name: "", project: "", stage: "", region: "", featureCount: 0, planeCount: 0, bitStart: 0,
            bitScaleFactor: 0, metric: .cosine, createdAt: 0)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "name": self.name = try reader.readString()
            case "project_name": project = try reader.readString()
            case "stage": stage = try reader.readString()
            case "region": region = try reader.readString()
            case "n_features": featureCount = try reader.readInteger()
            case "n_planes": planeCount = try reader.readInteger()
            case "bit_start": bitStart = try reader.readInteger()
            case "bit_scale_factor": bitScaleFactor = try reader.readDouble()
            case "metric": metric = try reader.readMetric()
            case "grouping": grouping = try reader.readBool()
            case "vector_type": vectorType = try reader.readVectorType()
            case "text_index": textIndex = try reader.readBool()
            case "filterable": filterable = try reader.readStrings()
            case "created_at": createdAt = Int64(try reader.readInteger())
            case "description": description = try reader.readString()
            case "metadata": metadata = try reader.readRaw()
            case "clone": clone = try CloneProgress(json: &reader)
            default: try reader.skip()
            }
        }
        if self.name.isEmpty || featureCount < 1 {
            throw reader.mismatch(expected: "a collection", received: "something else")
        }
    }
}

extension JSONReader {
    fileprivate mutating func readStrings() throws(JSONError) -> [String] {
        var strings: [String] = []
        try readArray { _, reader throws(JSONError) in strings.append(try reader.readString()) }
        return strings
    }

    fileprivate mutating func readMetric() throws(JSONError) -> Metric {
        let word = try readString()
        if let metric = Metric(rawValue: word) { return metric }
        throw mismatch(expected: "a metric that this version knows", received: "'\(word)'")
    }
}

extension JSONReader {
    fileprivate mutating func readVectorType() throws(JSONError) -> VectorType {
        let word = try readString()
        if let type = VectorType(rawValue: word) { return type }
        throw mismatch(expected: "a vector_type that this version knows", received: "'\(word)'")
    }
}

extension Project {
    /// Reads `{"project_name", "collections": […]}`.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(name: "", collections: [])
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "project_name": self.name = try reader.readString()
            case "collections":
                try reader.readArray { _, reader throws(JSONError) in
                    collections.append(try CollectionConfiguration(json: &reader))
                }
            default: try reader.skip()
            }
        }
        if self.name.isEmpty { throw reader.mismatch(expected: "a project", received: "something else") }
    }

    /// Reads `{"projects": {name: {…}}}`.
    static func list(_ reader: inout JSONReader) throws(JSONError) -> [Project] {
        var projects: [Project]?
        try reader.readObject { name, reader throws(JSONError) in
            guard name == "projects" else { return try reader.skip() }
            var found: [Project] = []
            try reader.readObject { _, reader throws(JSONError) in
                found.append(try Project(json: &reader))
            }
            projects = found
        }
        if let projects { return projects }
        throw reader.mismatch(expected: "projects", received: "something else")
    }
}

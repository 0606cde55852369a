import JSON
import Whiplash

/// A collection as answers show it, with the ancestor's names.
extension CollectionConfiguration: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("id", id)
            writer.member("name", name)
            writer.member("region", region)
            writer.member("stage", stage)
            writer.member("project_name", project)
            writer.member("n_features", featureCount)
            writer.member("n_planes", planeCount)
            writer.member("bit_start", bitStart)
            writer.member("bit_scale_factor", bitScaleFactor)
            writer.member("metric", metric.rawValue)
            writer.member("grouping", grouping)
            writer.member("vector_type", vectorType.rawValue)
            writer.member("text_index", textIndex)
            writer.key("filterable")
            writer.write(array: filterable)
            writer.member("created_at", createdAt)
            if let description { writer.member("description", description) }
            if let metadata { writer.member("metadata", metadata) }
            if let clone { writer.member("clone", clone) }
        }
    }
}

/// `{"source", "copied", "started_at"}`, of a clone that is not finished.
extension CloneProgress: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("source", source)
            writer.member("copied", copiedCount)
            writer.member("started_at", startedAt)
        }
    }
}

/// `{"project_name", "collections": […]}`.
extension Project: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("project_name", name)
            writer.key("collections")
            writer.write(array: collections)
        }
    }
}

extension JSONWriter {
    mutating func write(array values: [some JSONWritable]) {
        writeArray { writer in
            for value in values { writer.write(value) }
        }
    }
}

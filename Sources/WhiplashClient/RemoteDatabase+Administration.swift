import JSON
import VectorIndex
import Whiplash

/// What is changed of collections that are there.
extension RemoteDatabase {
    public func configuration(
        ofCollection name: String, in project: String
    ) async throws(WhiplashError) -> CollectionConfiguration {
        let path = try collectionPath(name, in: project)
        return try await get(path, about: Subject(resource: .collection, name: name)) {
            reader throws(JSONError) in try CollectionConfiguration(json: &reader)
        }
    }

    public func updateCollection(
        _ name: String, _ changes: CollectionChanges, in project: String
    ) async throws(WhiplashError) -> RemoteCollection {
        if changes == CollectionChanges() { return try await collection(name, in: project) }
        do {
            let answer = try await connection.send(
                "PATCH", try path(of: name, in: project), body: JSONWriter.bytes(ChangesBody(changes)),
                about: Subject(resource: .collection, name: name))
            return RemoteCollection(try configuration(answer.body), connection)
        } catch {
            throw error.error
        }
    }

    /// Two attempts leave what one leaves: what has been done is answered again.
    public func renameCollection(
        _ name: String, to newName: String, in project: String
    ) async throws(WhiplashError) -> RemoteCollection {
        var writer = JSONWriter()
        writer.writeObject { $0.member("name", newName) }
        do {
            let answer = try await connection.send(
                "POST", try path(of: name, in: project) + "/rename", body: writer.bytes,
                about: Subject(resource: .collection, name: name))
            return RemoteCollection(try configuration(answer.body), connection)
        } catch {
            throw error.ofName(newName)
        }
    }

    /// What one request has time for, some 20 seconds.
    public func cloneCollection(
        _ name: String, as clone: NewClone, in project: String
    ) async throws(WhiplashError) -> CloneReport {
        do {
            let answer = try await connection.send(
                "POST", try path(of: name, in: project) + "/clone", body: JSONWriter.bytes(CloneBody(clone)),
                about: Subject(resource: .collection, name: name))
            return try read(answer.body) { reader throws(JSONError) in try CloneReport(json: &reader) }
        } catch {
            guard error.mayBeSecond, error.code == "already_exists" else { throw error.ofName(clone.name) }
        }
        // It is there: finished by an attempt whose answer was lost, if it is as it was to be.
        let found = try await configuration(ofCollection: clone.name, in: project)
        guard found.clone == nil, clone.agrees(with: found) else {
            throw .alreadyExists(.collection, name: clone.name)
        }
        return CloneReport(state: "cloned", isDone: true, copiedCount: 0)
    }

    private func path(of name: String, in project: String) throws(Refusal) -> String {
        do { return try collectionPath(name, in: project) } catch { throw Refusal(error) }
    }
}

extension Refusal {
    /// The error, where a name is taken with the name that was asked for.
    fileprivate func ofName(_ name: String) -> WhiplashError {
        code == "already_exists" ? .alreadyExists(.collection, name: name) : error
    }
}

/// What is to be changed of a collection.
private struct ChangesBody: JSONWritable {
    let changes: CollectionChanges

    init(_ changes: CollectionChanges) { self.changes = changes }

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            switch changes.description {
            case .some(let text?): writer.member("description", text)
            case .some(nil):
                writer.key("description")
                writer.writeNull()
            case nil: break
            }
            if let metadata = changes.metadata { writer.member("metadata", metadata) }
            if let count = changes.planeCount { writer.member("n_planes", count) }
            if let bits = changes.bitStart { writer.member("bit_start", bits) }
            if let factor = changes.bitScaleFactor { writer.member("bit_scale_factor", factor) }
        }
    }
}

/// The body that asks for a clone.
private struct CloneBody: JSONWritable {
    let clone: NewClone

    init(_ clone: NewClone) { self.clone = clone }

    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("name", clone.name)
            if let metric = clone.metric { writer.member("metric", metric.rawValue) }
            if let type = clone.vectorType { writer.member("vector_type", type.rawValue) }
            if let textIndex = clone.textIndex { writer.member("text_index", textIndex) }
            if let description = clone.description { writer.member("description", description) }
            if let metadata = clone.metadata { writer.member("metadata", metadata) }
            guard let keys = clone.filterable else { return }
            writer.key("filterable")
            writer.writeArray { writer in
                for key in keys { writer.write(key) }
            }
        }
    }
}

extension NewClone {
    fileprivate func agrees(with found: CollectionConfiguration) -> Bool {
        (metric ?? found.metric) == found.metric && (vectorType ?? found.vectorType) == found.vectorType
            && (textIndex ?? found.textIndex) == found.textIndex
            && (filterable ?? found.filterable) == found.filterable
    }
}

extension CloneReport {
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(state: "", isDone: false, copiedCount: 0)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "state": state = try reader.readString()
            case "done": isDone = try reader.readBool()
            case "copied": copiedCount = try reader.readInteger()
            default: try reader.skip()
            }
        }
        if state.isEmpty { throw reader.mismatch(expected: "a clone's state", received: "none") }
    }
}

extension CloneProgress {
    /// Reads `{"source", "copied", "started_at"}`.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(source: "", copiedCount: 0, startedAt: 0)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "source": source = try reader.readString()
            case "copied": copiedCount = try reader.readInteger()
            case "started_at": startedAt = Int64(try reader.readInteger())
            default: try reader.skip()
            }
        }
    }
}

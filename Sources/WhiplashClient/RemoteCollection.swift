import JSON
import Storage
import Whiplash

/// One collection behind an API: its items, and search among them.
///
/// What one request cannot carry goes in several: by count and by bytes, at the same time.
public struct RemoteCollection: Sendable {
    /// As it was when the collection was looked up.
    public let configuration: CollectionConfiguration
    let connection: Connection

    init(_ configuration: CollectionConfiguration, _ connection: Connection) {
        self.configuration = configuration
        self.connection = connection
    }

    var path: String { "/projects/\(configuration.project)/collections/\(configuration.name)" }

    var subject: Subject { Subject(resource: .collection, name: configuration.name) }
}

extension RemoteCollection: ItemCollection {
    /// Stores items, each in the place of one with its id, in batches by count and bytes.
    ///
    /// - Throws: The first failure among the batches, when those under way have ended. Others may be stored then; the same call again
    ///   completes it, and `Ingest` tells how far it came.
    @discardableResult
    public func insert(_ items: [Item]) async throws(WhiplashError) -> [Item] {
        try await write(items.map { ItemWrite($0) }, partially: false).items.compactMap(\.self)
    }

    /// The items of these ids, in their order; nil where there is none. An id may stand there twice.
    public func items(ids: [String], in group: String?) async throws(WhiplashError) -> [Item?] {
        let parts = parts(of: ids, in: group)
        let found = try await inParallel(parts, width: connection.options.width) {
            part throws(WhiplashError) in try await items(part)
        }
        return found.flatMap(\.self)
    }

    public func list(
        limit: Int, cursor: String?, in group: String?, prefix: String?
    ) async throws(WhiplashError) -> ItemPage {
        do {
            var query = "?vector_format=base64&limit=\(limit)"
            if let cursor { query += "&cursor=" + percentEncoded(cursor) }
            if let prefix, !prefix.isEmpty { query += "&prefix=" + percentEncoded(prefix) }
            if let group { query += "&group=" + percentEncoded(group) }
            let answer = try await connection.send("GET", path + "/items" + query, about: subject)
            return try connection.read(answer.body) { reader throws(JSONError) in
                try ItemPage(json: &reader, dimension: configuration.featureCount)
            }
        } catch {
            // Half as many items may have room in an answer.
            guard error.code == "answer_too_large", limit > 1 else { throw error.error }
        }
        return try await list(limit: limit / 2, cursor: cursor, in: group, prefix: prefix)
    }

    public func update(
        _ id: String, _ patch: ItemPatch, in group: String?, version: ItemVersion?
    ) async throws(WhiplashError) -> Item {
        try Names.check(id: id, field: "itemId")
        let query = group.map { "?group=" + percentEncoded($0) } ?? ""
        do {
            let answer = try await connection.send(
                "PATCH", path + "/items/" + percentEncoded(id) + query,
                body: JSONWriter.bytes(PatchBody(patch: patch, version: version)),
                about: Subject(resource: .item, name: id))
            return try connection.read(answer.body) { reader throws(JSONError) in try Item(json: &reader) }
        } catch {
            guard error.isOfConditionMetBefore else { throw error.error }
            // The first attempt changed it, and its answer was lost, if it is as the change leaves it.
            let found = try await items(ids: [id], in: group)[0]
            if let found, isMade(patch, of: found) { return found }
            throw error.error
        }
    }

    /// Whether a change leaves an item as it is.
    private func isMade(_ patch: ItemPatch, of item: Item) -> Bool {
        let merged = patch.metadata.map { (item.metadata ?? RawJSON(checked: "{}")).merged(with: $0) }
        return patch.vector.map { configuration.vectorType.rounded($0) == item.vector } ?? true
            && patch.text.map { $0 == item.text } ?? true
            && patch.timestamp.map { $0 == item.timestamp } ?? true
            && patch.expiresAt.map { $0 == item.expiresAt } ?? true
            && merged.map { ($0.isObject ? $0 : nil) == item.metadata } ?? true
    }

    /// True also where an answer was lost and the item is not there any more.
    public func delete(
        _ id: String, version: ItemVersion, in group: String?
    ) async throws(WhiplashError) -> Bool {
        try Names.check(id: id, field: "itemId")
        let query = "?version=" + version.text + (group.map { "&group=" + percentEncoded($0) } ?? "")
        do {
            let answer = try await connection.send(
                "DELETE", path + "/items/" + percentEncoded(id) + query,
                about: Subject(resource: .item, name: id))
            return try readDeleted(answer.body) == 1 || answer.mayBeSecond
        } catch {
            throw error.error
        }
    }

    /// Removes items and tells how many there were; where an answer was lost, fewer than there were.
    public func delete(ids: [String], in group: String?) async throws(WhiplashError) -> Int {
        let parts = parts(of: ids, in: group)
        let counts = try await inParallel(parts, width: connection.options.width) {
            part throws(WhiplashError) in try await delete(part)
        }
        return counts.reduce(0, +)
    }

    public func groups(limit: Int, cursor: String?) async throws(WhiplashError) -> GroupNamePage {
        do {
            let query = "?limit=\(limit)" + (cursor.map { "&cursor=" + percentEncoded($0) } ?? "")
            let answer = try await connection.send("GET", path + "/groups" + query, about: subject)
            return try connection.read(answer.body) { reader throws(JSONError) in
                try GroupNamePage(json: &reader)
            }
        } catch {
            throw error.error
        }
    }

    /// Removes all items of a group and tells how many there were; where an answer was lost, fewer than there were.
    public func deleteGroup(_ group: String) async throws(WhiplashError) -> Int {
        try Names.check(id: group, field: "group")
        do {
            let answer = try await connection.send(
                "DELETE", path + "/groups/" + percentEncoded(group), about: subject)
            return try readDeleted(answer.body)
        } catch {
            throw error.error
        }
    }
}

// MARK: - Ids

/// Some of the ids of a call, and where among them they stand.
private struct IDPart: Sendable {
    let start: Int
    let ids: ArraySlice<String>
    let group: String?

    var body: [UInt8] { body { _ in } }

    func body(_ more: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.key("ids")
            writer.writeArray { writer in
                for id in ids { writer.write(id) }
            }
            if let group { writer.member("group", group) }
            more(&writer)
        }
        return writer.bytes
    }
}

extension RemoteCollection {
    /// What the API takes at a time.
    private static let idsAtOnce = 1000

    private func parts(of ids: [String], in group: String?) -> [IDPart] {
        stride(from: 0, to: ids.count, by: Self.idsAtOnce).map { start in
            IDPart(start: start, ids: ids[start..<min(start + Self.idsAtOnce, ids.count)], group: group)
        }
    }

    private func delete(_ part: IDPart) async throws(WhiplashError) -> Int {
        do {
            let answer = try await connection.send(
                "POST", path + "/items/batch/delete", body: part.body, about: subject)
            return try readDeleted(answer.body)
        } catch {
            throw error.error.moved(by: part.start, of: "ids")
        }
    }

    private func readDeleted(_ body: [UInt8]) throws(Refusal) -> Int {
        try connection.read(body) { reader throws(JSONError) in
            var count = 0
            try reader.readObject { name, reader throws(JSONError) in
                if name == "deleted" { count = try reader.readInteger() } else { try reader.skip() }
            }
            return count
        }
    }

    private func items(_ part: IDPart) async throws(WhiplashError) -> [Item?] {
        do {
            let answer = try await connection.send(
                "POST", path + "/items/batch/get", body: part.body { $0.member("vector_format", "base64") },
                about: subject)
            let page = try connection.read(answer.body) { reader throws(JSONError) in
                try ItemPage(json: &reader, dimension: configuration.featureCount)
            }
            let found = Dictionary(page.items.map { (Array($0.id.utf8), $0) }) { first, _ in first }
            return part.ids.map { found[Array($0.utf8)] }
        } catch {
            guard error.code == "answer_too_large", part.ids.count > 1 else {
                throw error.error.moved(by: part.start, of: "ids")
            }
        }
        let middle = part.ids.startIndex + part.ids.count / 2
        let first = IDPart(start: part.start, ids: part.ids[..<middle], group: part.group)
        let second = IDPart(start: part.start + first.ids.count, ids: part.ids[middle...], group: part.group)
        return try await items(first) + items(second)
    }
}

extension WhiplashError {
    /// A field such as `vectors[3].id` of a part, as the field of the whole: the part's first is the whole's element `start`.
    func moved(by start: Int, of name: String) -> WhiplashError {
        func moved(_ field: String) -> String {
            guard field.hasPrefix(name + "["), let end = field.firstIndex(of: "]"),
                let index = Int(field[..<end].dropFirst(name.count + 1))
            else { return field }
            return "\(name)[\(index + start)\(field[end...])"
        }
        switch self {
        case .invalid(var violation):
            violation.field = moved(violation.field)
            return .invalid(violation)
        case .tooLarge(let field, let limit, let received):
            return .tooLarge(field: moved(field), limitBytes: limit, receivedBytes: received)
        case .conditionFailed(let id, let version, let field):
            return .conditionFailed(id: id, version: version, field: moved(field))
        default: return self
        }
    }
}

import JSON
import Whiplash

/// Items by what is true of them.
extension RemoteCollection {
    public func list(
        where filter: MetadataFilter, limit: Int, cursor: String?, in group: String?
    ) async throws(WhiplashError) -> ItemPage {
        do {
            let answer = try await send("/items/select", filter, group, cursor, limit: limit)
            return try connection.read(answer.body) { reader throws(JSONError) in
                try ItemPage(json: &reader, dimension: configuration.featureCount)
            }
        } catch {
            guard error.code == "answer_too_large", limit > 1 else { throw error.error }
        }
        return try await list(where: filter, limit: limit / 2, cursor: cursor, in: group)
    }

    public func count(
        where filter: MetadataFilter, cursor: String?, in group: String?
    ) async throws(WhiplashError) -> (count: Int, cursor: String?) {
        do {
            return try counted(try await send("/items/count", filter, group, cursor), "count")
        } catch {
            throw error.error
        }
    }

    /// Removes items and tells how many there were; where an answer was lost, fewer than there were.
    public func delete(
        where filter: MetadataFilter, cursor: String?, in group: String?
    ) async throws(WhiplashError) -> (count: Int, cursor: String?) {
        do {
            return try counted(try await send("/items/batch/delete", filter, group, cursor), "deleted")
        } catch {
            throw error.error
        }
    }

    private func send(
        _ operation: String, _ filter: MetadataFilter, _ group: String?, _ cursor: String?, limit: Int? = nil
    ) async throws(Refusal) -> Connection.Answer {
        let body = SelectionBody(filter: filter, group: group, cursor: cursor, limit: limit)
        return try await connection.send(
            "POST", path + operation, body: JSONWriter.bytes(body), about: subject)
    }

    /// Reads a number of this name, and `cursor`.
    private func counted(
        _ answer: Connection.Answer, _ name: String
    ) throws(Refusal) -> (count: Int, cursor: String?) {
        try connection.read(answer.body) { reader throws(JSONError) in
            var (count, cursor) = (0, String?.none)
            try reader.readObject { member, reader throws(JSONError) in
                switch member {
                case name: count = try reader.readInteger()
                case "cursor": cursor = try reader.readStringOrNull()
                default: try reader.skip()
                }
            }
            return (count, cursor)
        }
    }
}

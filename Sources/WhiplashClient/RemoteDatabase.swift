import HTTPClient
import JSON
@_exported import Whiplash

/// Projects and collections behind a Whiplash API, with the names and types of the engine's own `Database`. Start here.
///
/// ```swift
/// let database = try RemoteDatabase(url: "http://127.0.0.1:8080", apiKey: key)
/// let collection = try await database.collection("books", in: "library")
/// let matches = try await collection.search(for: query, limit: 10)
/// ```
///
/// Requests that are refused for now (429), fail at the other end (5xx) or get no answer are sent again, with waits that
/// grow and vary (`RetryPolicy`). Errors are the engine's: what a broken rule is there is one here. A refused key is
/// `store(.forbidden)`, an API that does not answer `store(.unavailable)`.
public struct RemoteDatabase: Sendable {
    let connection: Connection

    /// How requests are sent.
    public struct Options: Sendable {
        public var retry = RetryPolicy()
        /// How long one attempt may take. An API on AWS answers within 29 s.
        public var timeout = Duration.seconds(60)
        /// Batches of one call that are under way at a time.
        public var width = 4
        /// Items of one batch, at most 10,000.
        public var batchSize = 1000
        /// The size of a batch's body in bytes, each quote and backslash counted twice, as they travel on AWS; there a
        /// function takes 6,291,456 with all that comes around the body.
        public var batchBytes = 5_500_000

        /// Chance for the waits, from `0 ..< 1`, and what lets time pass.
        var chance: @Sendable () -> Double = { Double.random(in: 0..<1) }
        var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

        public init() {}
    }

    /// - Parameters:
    ///   - url: Where the API is, such as `https://abc.execute-api.us-east-1.amazonaws.com/dev`.
    ///   - apiKey: What goes into the header `x-api-key`.
    /// - Throws: `invalid` when the URL is none; `store` when libcurl cannot start.
    public init(url: String, apiKey: String, options: Options = Options()) throws(WhiplashError) {
        do {
            try self.init(url: url, apiKey: apiKey, transport: CurlTransport(), options: options)
        } catch let error as WhiplashError {
            throw error
        } catch {
            throw .unreachable(url, "\(error)")
        }
    }

    /// The same, over a transport of one's own.
    public init(
        url: String, apiKey: String, transport: any HTTPTransport, options: Options = Options()
    ) throws(WhiplashError) {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), url.utf8.allSatisfy(isURLByte),
            !url.contains("?"), !url.contains("#")
        else {
            throw .invalid(
                Violation(
                    field: "url", expected: "an http:// or https:// URL without a query", received: "'\(url)'"
                ))
        }
        guard apiKey.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw .invalid(
                Violation(
                    field: "apiKey", expected: "visible ASCII characters",
                    received: "\(apiKey.utf8.count) bytes that are not"))
        }
        connection = Connection(url: url, apiKey: apiKey, transport: transport, options: options)
    }
}

private func isURLByte(_ byte: UInt8) -> Bool { 0x21...0x7E ~= byte && byte != UInt8(ascii: "\"") }

extension RemoteDatabase: CustomStringConvertible {
    public var description: String { connection.url }
}

// MARK: - Projects

extension RemoteDatabase: VectorDatabase {
    public func createProject(_ name: String) async throws(WhiplashError) -> Project {
        var writer = JSONWriter()
        writer.writeObject { $0.member("name", name) }
        do {
            let answer = try await connection.send(
                "POST", "/projects", body: writer.bytes, about: Subject(resource: .project, name: name))
            return try read(answer.body) { reader throws(JSONError) in try Project(json: &reader) }
        } catch {
            // The first attempt made it, and its answer was lost.
            if error.code == "already_exists", error.mayBeSecond { return try await project(name) }
            throw error.error
        }
    }

    public func projects() async throws(WhiplashError) -> [Project] {
        try await get("/projects", about: Subject(resource: .project, name: "")) { reader throws(JSONError) in
            try Project.list(&reader)
        }
    }

    public func project(_ name: String) async throws(WhiplashError) -> Project {
        let path = try projectPath(name)
        return try await get(path, about: Subject(resource: .project, name: name)) {
            reader throws(JSONError) in try Project(json: &reader)
        }
    }

    public func deleteProject(_ name: String) async throws(WhiplashError) {
        try await delete(projectPath(name), Subject(resource: .project, name: name))
    }
}

// MARK: - Collections

extension RemoteDatabase {
    public func createCollection(
        _ new: NewCollection, in project: String
    ) async throws(WhiplashError) -> RemoteCollection {
        let path = try projectPath(project) + "/collections"
        do {
            let answer = try await connection.send(
                "POST", path, body: JSONWriter.bytes(NewCollectionBody(new: new)),
                about: Subject(resource: .collection, name: new.name))
            return RemoteCollection(try configuration(answer.body), connection)
        } catch {
            guard error.mayBeSecond, error.code == "already_exists" else { throw error.error }
            // It is there: by an attempt whose answer was lost, if it is as it was to be.
            let found = try await collection(new.name, in: project)
            if new.agrees(with: found.configuration) { return found }
            throw error.error
        }
    }

    /// What the API says of the collection now stays with the value given.
    public func collection(
        _ name: String, in project: String
    ) async throws(WhiplashError) -> RemoteCollection {
        let found = try await configuration(ofCollection: name, in: project)
        if let clone = found.clone {
            throw .conflict(reason: clone.refusal(of: found.name))
        }
        return RemoteCollection(found, connection)
    }

    public func deleteCollection(_ name: String, in project: String) async throws(WhiplashError) {
        try await delete(
            collectionPath(name, in: project), Subject(resource: .collection, name: name))
    }
}

// MARK: - Aliases

extension RemoteDatabase {
    public func aliases(in project: String) async throws(WhiplashError) -> [String: String] {
        let path = try projectPath(project) + "/aliases"
        return try await get(path, about: Subject(resource: .project, name: project)) {
            reader throws(JSONError) in
            var aliases: [String: String] = [:]
            try reader.readObject { name, reader throws(JSONError) in
                guard name == "aliases" else { return try reader.skip() }
                try reader.readObject { alias, reader throws(JSONError) in
                    aliases[alias] = try reader.readString()
                }
            }
            return aliases
        }
    }

    /// What it meant before is not told where an attempt before may have been carried out.
    public func setAlias(
        _ alias: String, to collection: String, in project: String
    ) async throws(WhiplashError) -> String? {
        let path = try aliasPath(alias, in: project)
        var writer = JSONWriter()
        writer.writeObject { $0.member("collection", collection) }
        do {
            let answer = try await connection.send(
                "PUT", path, body: writer.bytes, about: Subject(resource: .collection, name: alias))
            let previous = try read(answer.body) { reader throws(JSONError) in
                var previous: String?
                try reader.readObject { name, reader throws(JSONError) in
                    let isTold = try reader.peekKind() == .string && name == "previous"
                    if isTold { previous = try reader.readString() } else { try reader.skip() }
                }
                return previous
            }
            return answer.mayBeSecond && previous == collection ? nil : previous
        } catch {
            throw error.error
        }
    }

    public func deleteAlias(_ alias: String, in project: String) async throws(WhiplashError) {
        try await delete(aliasPath(alias, in: project), Subject(resource: .alias, name: alias))
    }

    private func aliasPath(_ alias: String, in project: String) throws(WhiplashError) -> String {
        try Names.check(alias, field: "alias")
        return try projectPath(project) + "/aliases/" + alias
    }
}

// MARK: - Requests

extension RemoteDatabase {
    func get<Value>(
        _ path: String, about subject: Subject,
        _ body: (inout JSONReader) throws(JSONError) -> Value
    ) async throws(WhiplashError) -> Value {
        do {
            return try read(try await connection.send("GET", path, about: subject).body, body)
        } catch {
            throw error.error
        }
    }

    private func delete(_ path: String, _ subject: Subject) async throws(WhiplashError) {
        do {
            _ = try await connection.send("DELETE", path, about: subject)
        } catch {
            // An attempt whose answer was lost removed it.
            if case .notFound = error.error, error.mayBeSecond { return }
            throw error.error
        }
    }

    func configuration(_ body: [UInt8]) throws(Refusal) -> CollectionConfiguration {
        try read(body) { reader throws(JSONError) in try CollectionConfiguration(json: &reader) }
    }

    func read<Value>(
        _ body: [UInt8], _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(Refusal) -> Value {
        try connection.read(body, read)
    }

    private func projectPath(_ name: String) throws(WhiplashError) -> String {
        try Names.check(name, field: "projectId")
        return "/projects/" + name
    }

    func collectionPath(_ name: String, in project: String) throws(WhiplashError) -> String {
        try Names.check(name, field: "collectionId")
        return try projectPath(project) + "/collections/" + name
    }
}

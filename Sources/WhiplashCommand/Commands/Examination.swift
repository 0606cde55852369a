import AWS
import Assembly
import Foundation
import HTTPClient
import Storage
import StorageDynamoDB
import Whiplash
import WhiplashSettings

/// What `whiplash doctor` does: looks at one thing after the other, and goes on while that makes sense.
struct Examination {
    let target: TargetOptions
    /// Whether writing is tried.
    let tries: Bool
    private(set) var findings: [Finding] = []

    init(target: TargetOptions, tries: Bool) {
        self.target = target
        self.tries = tries
    }

    mutating func run() async {
        guard let place = settings() else { return }
        let mayGoOn =
            switch place.kind {
            case .remote(let url): await address(url, place)
            case .store(.dynamodb): await dynamoDB(place)
            case .store: file(place)
            }
        guard mayGoOn, let database = opened(place), await tables(place), await reads(database, place)
        else { return }
        if tries { await writes(database) }
    }

    private mutating func good(_ subject: String, _ what: String) {
        findings.append(Finding(level: .good, subject: subject, what: what))
    }

    private mutating func warn(_ subject: String, _ what: String, _ advice: String) {
        findings.append(Finding(level: .warning, subject: subject, what: what, advice: advice))
    }

    private mutating func fault(_ subject: String, _ what: String, _ advice: String?) {
        findings.append(Finding(level: .fault, subject: subject, what: what, advice: advice))
    }
}

// MARK: - Settings

extension Examination {
    private mutating func settings() -> Place? {
        configFile()
        do {
            // Of what is wrong with settings that are not needed the findings tell already.
            let place = try Place(flags: target.flags, profile: target.profile)
            _ = try place.settings
            good(
                "settings",
                "they are well formed; the work is on \(place.description), as \(place.sourceSays)")
            return place
        } catch {
            fault(
                "settings", "\(error)",
                "mend what is named, in the flags, the environment, .env or the config file")
            return nil
        }
    }

    private mutating func configFile() {
        let config = ConfigFile(environment: ProcessInfo.processInfo.environment)
        if config.isOpenToOthers, let path = config.path {
            warn("config file", "\(path) holds a key and others may read it", "chmod 600 \(path)")
        }
        for (profile, failure) in config.faults {
            warn(
                "config file", failure.description,
                "mend the line: commands that need the profile '\(profile)' refuse to work")
        }
    }
}

// MARK: - An API

extension Examination {
    /// - Returns: Whether something answers.
    private mutating func address(_ url: String, _ place: Place) async -> Bool {
        guard place.apiKey != nil else {
            fault(
                "API key", "none is set",
                "set WHIPLASH_API_KEY; a local server keeps its key beside its database (whiplash.db.key), 'serverless info' shows that of a stage"
            )
            return false
        }
        guard let answer = await answer(url + "/health", key: place.apiKey, advice: reachAdvice(url)) else {
            return false
        }
        if answer.status == 200, String(decoding: answer.body, as: UTF8.self).contains("\"status\"") {
            good("API", "\(url) answers")
        } else if answer.status != 403, answer.status != 401 {
            fault(
                "API", "\(url)/health was answered with \(answer.status)",
                "the URL has to be the API's root, on AWS with its stage (…amazonaws.com/dev)")
            return false
        }
        clock(answer, limit: nil)
        return true
    }

    private func reachAdvice(_ url: String) -> String {
        url.contains("127.0.0.1") || url.contains("localhost")
            ? "start the server: whiplash serve" : "check the URL, the network, and a proxy in https_proxy"
    }

    private mutating func answer(_ url: String, key: String?, advice: String) async -> HTTPResponse? {
        do {
            let transport = try CurlTransport()
            let request = HTTPRequest(
                method: "GET", url: url, headers: key.map { [("x-api-key", $0)] } ?? [], timeout: .seconds(10)
            )
            return try await transport.send(request)
        } catch {
            fault("network", "no answer from \(url): \(error)", advice)
            return nil
        }
    }

    /// The clock of this machine beside the one of whoever answered.
    ///
    /// - Parameter limit: Seconds beyond which requests are refused; nil when they are not.
    private mutating func clock(_ answer: HTTPResponse, limit: Double?) {
        guard let text = answer.header("Date"), let date = Self.date(text) else { return }
        let difference = Date().timeIntervalSince(date)
        let what =
            "\(Int(difference.magnitude.rounded())) s \(difference < 0 ? "behind" : "ahead of") the other end's"
        if let limit, difference.magnitude > limit {
            fault(
                "clock", what + "; signatures are refused",
                "set this machine's clock (timedatectl set-ntp true)")
        } else if difference.magnitude > 5 {
            warn("clock", what, "set this machine's clock (timedatectl set-ntp true)")
        } else {
            good("clock", "within 5 s of the other end's")
        }
    }

    /// Source: RFC 9110, section 5.6.7, the fixed form.
    private static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return formatter.date(from: text)
    }
}

// MARK: - A file

extension Examination {
    private mutating func file(_ place: Place) -> Bool {
        guard let path = try? place.settings.database else { return false }
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else {
            fault(
                "database", "there is no file \(path) in \(manager.currentDirectoryPath)",
                "'whiplash collection create' or 'whiplash serve' makes it; --database names another, --url an API"
            )
            return false
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard manager.isReadableFile(atPath: path), manager.isWritableFile(atPath: path),
            manager.isWritableFile(atPath: folder)
        else {
            fault(
                "database", "\(path) or its folder may not be written",
                "chown or chmod them: SQLite needs both")
            return false
        }
        let free = (try? manager.attributesOfFileSystem(forPath: folder))?[.systemFreeSize] as? NSNumber
        if let free, free.int64Value < 1 << 28 {
            warn(
                "disk", "\(free.int64Value >> 20) MB are free for \(path)",
                "make room: writes fail when it is full")
        }
        good("database", "\(path) is there and may be written")
        return true
    }
}

// MARK: - DynamoDB

extension Examination {
    private mutating func dynamoDB(_ place: Place) async -> Bool {
        var values = place.values
        let endpoint: String
        do {
            let settings = try place.settings
            if values["AWS_REGION", default: ""].isEmpty { values["AWS_REGION"] = settings.region }
            let access = try AWSSettings(environment: values)
            endpoint = try access.endpoint(of: "dynamodb")
            _ = try access.credentials()
            good(
                "credentials",
                "there are some, of the profile \(access.profile) or the environment; region \(settings.region)"
            )
        } catch {
            fault(
                "credentials", "\(error)", "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            return false
        }
        let advice = "check the region, AWS_ENDPOINT_URL_DYNAMODB, the network, and a proxy in https_proxy"
        guard let answer = await answer(endpoint, key: nil, advice: advice) else { return false }
        // DynamoDB takes signatures of a time up to five minutes from its own.
        clock(answer, limit: 300)
        return true
    }
}

// MARK: - What is there

extension Examination {
    /// The table of projects and collections, where tables are made by those who need them first.
    ///
    /// - Returns: Whether reading on makes sense.
    private mutating func tables(_ place: Place) async -> Bool {
        guard case .store(.dynamodb) = place.kind, let settings = try? place.settings else { return true }
        do {
            let store = try DynamoDBStore(settings: settings, values: place.values)
            let table = TableName(settings.metadataTable)
            _ = try await store.query(
                RangeQuery(
                    table, partition: "project/\(settings.stage)", limit: 1, consistency: .eventual))
            good("tables", "\(table), which has the projects and collections, is there and can be read")
        } catch StoreError.notFound(let table) {
            good("tables", "\(table) is not there yet; the first write makes it")
        } catch {
            let failure = (error as? StoreError).map(WhiplashError.store) ?? error
            fault("tables", "\(settings.metadataTable): \(failure)", advice(failure))
            return false
        }
        return true
    }

    private mutating func opened(_ place: Place) -> (any VectorDatabase)? {
        do {
            return try place.open(creating: false, attempts: 2)
        } catch {
            fault("store", "\(error)", nil)
            return nil
        }
    }

    /// Reads of each collection once in every way that a search and a listing do.
    private mutating func reads(_ database: any VectorDatabase, _ place: Place) async -> Bool {
        do {
            let projects = try await database.projects()
            let collections = projects.flatMap(\.collections)
            good("projects", "\(projects.count) projects with \(collections.count) collections can be read")
            for it in collections {
                let items = try await database.collection(it.name, in: it.project)
                _ = try await items.list(limit: 1, cursor: nil)
                var query = [Float](repeating: 0, count: it.featureCount)
                query[0] = 1
                _ = try await items.search(for: query, limit: 1, in: it.grouping ? "whiplash-doctor" : nil)
            }
            if !collections.isEmpty { good("collections", "each can be listed and searched") }
            return true
        } catch {
            fault("reading", "\(error)", advice(error))
            return false
        }
    }

    private mutating func writes(_ database: any VectorDatabase) async {
        let project = "whiplash-doctor-\(Int.random(in: 100_000...999_999))"
        do {
            try await tryWriting(database, project)
            good("writing", "a collection was made, written, searched and removed")
        } catch {
            fault("writing", "\(error)", advice(error))
            if await isLeft(project, in: database) {
                warn(
                    "writing", "the project \(project) is left behind",
                    "whiplash project delete \(project) --yes")
            }
        }
    }

    /// Takes away what a failed attempt has made, and tells whether it is there all the same.
    private func isLeft(_ project: String, in database: any VectorDatabase) async -> Bool {
        if (try? await database.deleteProject(project)) != nil { return false }
        do {
            _ = try await database.project(project)
            return true
        } catch {
            switch error {
            // Who may not look at it was refused before anything was made.
            case .notFound, .store(.forbidden): return false
            default: return true
            }
        }
    }

    private func tryWriting(_ database: any VectorDatabase, _ project: String) async throws(WhiplashError) {
        let items = try await database.createCollection(
            NewCollection(name: "probe", featureCount: 3), in: project)
        try await items.insert([Item(id: "probe", vector: [1, 2, 2])])
        _ = try await items.update("probe", ItemPatch(text: "changed"))
        let found = try await items.search(for: [1, 2, 2], limit: 1)
        guard found.map(\.item.text) == ["changed"] else {
            throw .store(.unreadable(reason: "an item just stored was not found"))
        }
        _ = try await items.delete(ids: ["probe"])
        try await database.deleteProject(project)
    }

    /// What to do about an error of the engine.
    private func advice(_ error: any Error) -> String? {
        guard case .store(let cause)? = error as? WhiplashError else { return nil }
        switch cause {
        case .forbidden(let reason):
            if let action = reason.firstMatch(of: /dynamodb:[A-Za-z]+/)?.output {
                return
                    "allow \(action) to these credentials; serverless.yml lists every action that Whiplash needs"
            }
            if let scope = reason.firstMatch(of: /scope '([a-z]+)'/)?.output.1 {
                return
                    "use a key with the scope '\(scope)'; WHIPLASH_KEYS of the server says what each key may do (docs/keys.md)"
            }
            if reason.contains("not for this project") {
                return
                    "use a key that is not limited to projects: what is tried makes one of its own (docs/keys.md)"
            }
            return "check the key or the credentials; on AWS 'serverless info' shows the key of a stage"
        case .throttled: return "try again later, or ask for more capacity"
        case .unreadable: return "use the version of Whiplash that wrote it, or a newer one"
        case .unavailable: return "try again; if it stays so, look into the server's log"
        default: return nil
        }
    }
}

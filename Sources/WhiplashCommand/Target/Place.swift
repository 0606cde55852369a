import Assembly
import Foundation
import HTTPClient
import Storage
import StorageDynamoDB
import StorageSQLite
import Whiplash
import WhiplashClient
import WhiplashSettings

/// Where the work is, and the settings that go with it.
///
/// What is nearer goes before: flags, then a profile that is named by a flag, the environment, the file `.env` of this folder, and last
/// the profile that WHIPLASH_PROFILE names, or `default`. The nearest of them that says where decides that.
struct Place {
    enum Kind {
        case remote(url: String)
        case store(Settings.StoreKind)
    }

    let kind: Kind
    /// All values together.
    let values: [String: String]
    /// What decided where the work is, for a person.
    let source: String
    /// What is wrong with settings that the work does without.
    let warning: String?

    /// As "the environment says".
    var sourceSays: String { source + (source == Self.flagSource ? " say" : " says") }

    private static let flagSource = "the flags"

    private struct Layer {
        var name: String
        var values: [String: String]
        var isProfile = false
        /// What is wrong with it, where it is not known yet whether it is needed.
        var fault: CommandFailure?

        /// Empty values count as none.
        subscript(key: String) -> String? { values[key].flatMap { $0.isEmpty ? nil : $0 } }

        var saysWhere: Bool {
            self["WHIPLASH_URL"] != nil || self["WHIPLASH_STORE"] != nil || self["WHIPLASH_DATABASE"] != nil
        }
    }

    init(
        flags: [String: String], profile: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let layers = try Self.layers(flags, profile, environment)
        let decisive = layers.firstIndex { $0.saysWhere }
        let layer = decisive.map { layers[$0] }
        let fault = layers.last?.fault
        // What was to say where is not passed over.
        if let fault, decisive ?? layers.count - 1 == layers.count - 1 { throw fault }
        warning = fault?.description
        var values = layers.reversed().reduce(into: [String: String]()) { values, layer in
            values.merge(layer.values.filter { !$0.value.isEmpty }) { $1 }
        }
        source = layer?.name ?? "the default"
        if let url = layer?["WHIPLASH_URL"] {
            kind = .remote(url: url)
            if let decisive, layers[decisive].isProfile {
                // A key of the environment is not for every address that a profile names.
                values["WHIPLASH_API_KEY"] = layers[...decisive].compactMap { $0["WHIPLASH_API_KEY"] }.first
            }
        } else {
            // A file named nearer than a store is the store's.
            if let layer, layer["WHIPLASH_STORE"] == nil, layer["WHIPLASH_DATABASE"] != nil,
                layer.name != ".env"
            {
                values["WHIPLASH_STORE"] = "sqlite"
            }
            kind = .store(try explained { try Settings(values, defaultStore: .sqlite) }.store)
        }
        self.values = values
    }

    private static func layers(
        _ flags: [String: String], _ profile: String?, _ environment: [String: String]
    ) throws -> [Layer] {
        let file = (try? String(contentsOfFile: ".env", encoding: .utf8)) ?? ""
        let config = ConfigFile(environment: environment)
        var layers = [Layer(name: flagSource, values: flags)]
        if let profile {
            layers.append(
                Layer(
                    name: "the profile '\(profile)'", values: try config.values(of: profile), isProfile: true)
            )
        }
        layers.append(Layer(name: "the environment", values: environment))
        layers.append(Layer(name: ".env", values: try explained { try DotEnv(parsing: file).values }))
        if profile == nil {
            let named = environment["WHIPLASH_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
            let values = try named.map { try config.values(of: $0) } ?? config.defaultValues
            layers.append(
                Layer(
                    name: "the profile '\(named ?? "default")'", values: values, isProfile: true,
                    fault: named == nil ? config.defaultFault : nil))
        }
        return layers
    }

    var settings: Settings {
        get throws { try explained { try Settings(values, defaultStore: .sqlite) } }
    }

    var apiKey: String? { values["WHIPLASH_API_KEY"].flatMap { $0.isEmpty ? nil : $0 } }

    func open(creating: Bool, attempts: Int) throws -> any VectorDatabase {
        switch kind {
        case .remote(let url): return try remote(url, attempts: attempts)
        case .store(let store):
            return Database(store: try openStore(store, creating: creating), settings: try settings)
        }
    }

    func remote(_ url: String, attempts: Int) throws -> RemoteDatabase {
        guard let apiKey else {
            throw CommandFailure(
                "which API key? Give --api-key, set WHIPLASH_API_KEY, or put api_key into a profile (\(sourceSays) \(url)).",
                code: .refused)
        }
        var options = RemoteDatabase.Options()
        options.retry.attempts = attempts
        return try RemoteDatabase(url: url, apiKey: apiKey, options: options)
    }

    private func openStore(_ store: Settings.StoreKind, creating: Bool) throws -> any Store {
        let settings = try settings
        switch store {
        case .sqlite:
            if !creating, !FileManager.default.fileExists(atPath: settings.database) {
                throw CommandFailure(
                    "there is no database \(settings.database). 'whiplash collection create' makes one; --database names another, --url an API.",
                    code: .notFound)
            }
            return try SQLiteStore(path: settings.database)
        case .dynamodb: return try explained { try DynamoDBStore(settings: settings, values: values) }
        case .memory:
            throw CommandFailure("a store in memory is there for 'whiplash serve' alone", code: .refused)
        }
    }

    /// For a person, without secrets.
    var description: String {
        switch kind {
        case .remote(let url): return url
        case .store(.dynamodb):
            let settings = try? settings
            return "DynamoDB, region \(settings?.region ?? "?"), stage \(settings?.stage ?? "?")"
        case .store:
            return (try? settings.database) ?? "SQLite"
        }
    }
}

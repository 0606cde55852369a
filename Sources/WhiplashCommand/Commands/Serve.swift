import API
import ArgumentParser
import Assembly
import Foundation
import LocalServer
import Logging
import Storage
import StorageDynamoDB
import StorageSQLite
import Whiplash
import WhiplashSettings

/// Serves the API on this machine.
struct Serve: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API over HTTP on this machine.",
        discussion: """
            Settings come from these flags, then from the environment, then from a file .env in this folder; \
            .env.example names them all.

            EXAMPLES
              whiplash serve
              whiplash serve --port 9000 --database notes.db
              whiplash serve --store dynamodb --stage dev
            """)

    @Option(help: "Where the data is kept: sqlite, dynamodb or memory.") var store: String?
    @Option(help: "The SQLite file; made when it is not there.") var database: String?
    @Option(help: "The address to listen on.") var host: String?
    @Option(help: "The port to listen on; 0 takes a free one.") var port: String?
    @Option(
        help: "The key that requests bring as x-api-key. Without one it is made and kept beside the database."
    )
    var apiKey: String?
    @Option(help: "Part of every table's name, so that stages share an account.") var stage: String?
    @Option(help: "The AWS region.") var region: String?
    @Option(help: "The profile of the shared AWS files.") var awsProfile: String?
    @Flag(help: "Log no line for each request.") var quiet = false

    func perform() async throws {
        keepFewArenas()
        let values = try settingValues(flags: flags)
        let settings = try settings(values)
        let key = try settings.apiKey?.revealed ?? madeKey(settings)
        let keys = try explained {
            try settings.accessKeys.map {
                try AccessKey.list($0.revealed, besides: settings.apiKey?.revealed)
            } ?? []
        }
        let database = Database(store: try openStore(settings, values), settings: settings)
        let logger = logger()
        let router = Router(
            database: database, apiKey: key, keys: keys, limits: .local, countsRequests: true,
            report: { failure in
                logger.error(
                    "\(failure.operationId ?? "request") \(failure.status) \(failure.code): \(failure.reason)"
                )
            })
        let server = LocalServer(host: settings.host, port: settings.port, router: router, logger: logger)
        do {
            try await server.run { port in
                say(
                    "Whiplash is listening on http://\(settings.host):\(port), data in \(place(settings)). Ctrl-C ends it."
                )
            }
        } catch {
            throw CommandFailure(
                "cannot listen on \(settings.host):\(settings.port): \(error). If another program has the port, choose one with --port or WHIPLASH_PORT."
            )
        }
    }

    private var flags: [String: String] {
        let flags = [
            "WHIPLASH_STORE": store, "WHIPLASH_DATABASE": database, "WHIPLASH_HOST": host,
            "WHIPLASH_PORT": port,
            "WHIPLASH_API_KEY": apiKey, "STAGE": stage, "REGION": region, "AWS_PROFILE": awsProfile,
        ]
        return flags.compactMapValues(\.self)
    }

    private func settings(_ values: [String: String]) throws -> Settings {
        try explained { try Settings(values, defaultStore: .sqlite) }
    }

    private func openStore(_ settings: Settings, _ values: [String: String]) throws -> any Store {
        switch settings.store {
        case .sqlite: try explained { try SQLiteStore(path: settings.database) }
        case .dynamodb: try explained { try DynamoDBStore(settings: settings, values: values) }
        case .memory: MemoryStore()
        }
    }

    /// A key for who set none: kept beside the database, or for this run alone where there is no file.
    private func madeKey(_ settings: Settings) throws -> String {
        let file = APIKeyFile(besideDatabase: settings.database)
        let key = settings.store == .memory ? APIKeyFile.newKey() : try file.keyMakingOne()
        say(
            "WHIPLASH_API_KEY is not set. The API key is \(key)"
                + (settings.store == .memory ? "" : ", kept in \(file.path)"))
        return key
    }

    private func place(_ settings: Settings) -> String {
        switch settings.store {
        case .sqlite: settings.database
        case .dynamodb: "DynamoDB, region \(settings.region), stage \(settings.stage)"
        case .memory: "memory, gone when it ends"
        }
    }

    /// A line at once, also where standard output is a pipe.
    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private func logger() -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "whiplash")
        logger.logLevel = quiet ? .warning : .info
        return logger
    }
}

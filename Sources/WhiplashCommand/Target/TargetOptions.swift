import ArgumentParser
import Whiplash

/// Where a command works: on an API, on a local file, or on DynamoDB. The same flags for every command.
struct TargetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Work through the API at this URL. Else WHIPLASH_URL.", valueName: "url"))
    var url: String?
    @Option(help: ArgumentHelp("The API's key. Else WHIPLASH_API_KEY.", valueName: "key"))
    var apiKey: String?
    @Option(help: ArgumentHelp("Work on this SQLite file. Else WHIPLASH_DATABASE.", valueName: "file"))
    var database: String?
    @Option(help: "Work on sqlite, or on dynamodb directly. Else WHIPLASH_STORE.")
    var store: String?
    @Option(help: "Part of every table's name. Else STAGE.") var stage: String?
    @Option(help: "The AWS region. Else REGION.") var region: String?
    @Option(help: "The profile of the shared AWS files. Else AWS_PROFILE.") var awsProfile: String?
    @Option(help: "A profile of ~/.config/whiplash/config. Else WHIPLASH_PROFILE.") var profile: String?

    var flags: [String: String] {
        let flags = [
            "WHIPLASH_URL": url, "WHIPLASH_API_KEY": apiKey, "WHIPLASH_DATABASE": database,
            "WHIPLASH_STORE": store, "STAGE": stage, "REGION": region, "AWS_PROFILE": awsProfile,
        ]
        return flags.compactMapValues(\.self)
    }

    func validate() throws {
        if url != nil, database != nil || store != nil {
            throw ValidationError("--url works through an API, --database and --store without one: give one.")
        }
    }

    /// Where the flags, the environment and the files say that the work is.
    func place() throws -> Place {
        let place = try Place(flags: flags, profile: profile)
        if let warning = place.warning { Terminal.note("Warning: \(warning)") }
        return place
    }

    /// What is there, opened.
    ///
    /// - Parameter creating: Whether a SQLite file may be made.
    func open(creating: Bool = false, attempts: Int = 5) throws -> any VectorDatabase {
        try place().open(creating: creating, attempts: attempts)
    }

    /// A collection that is there.
    func collection(_ path: CollectionPath, attempts: Int = 5) async throws -> any ItemCollection {
        try await open(attempts: attempts).collection(path.collection, in: path.project)
    }
}

/// A collection's name with its project's, as `library/books`.
struct CollectionPath: ExpressibleByArgument, CustomStringConvertible {
    let project: String
    let collection: String

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        (project, collection) = (parts[0], parts[1])
    }

    var description: String { "\(project)/\(collection)" }
}

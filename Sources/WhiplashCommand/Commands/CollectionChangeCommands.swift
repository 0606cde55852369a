import API
import ArgumentParser
import JSON
import VectorIndex
import Whiplash

/// `whiplash collection set`
struct SetCollection: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change what may be changed of a collection while it is used.",
        discussion: """
            Dimension, metric, groups, vector type and text index decide how rows are written and stay: clone the collection with \
            another (whiplash collection clone), then rename the clone or let an alias mean it.

            EXAMPLES
              whiplash collection set library/books --description 'Novels, by all-MiniLM-L6-v2'
              whiplash collection set library/books --metadata '{"model": "all-MiniLM-L6-v2", "draft": null}'
              whiplash collection set library/books --no-description --planes 4 --bit-start 6
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON.") var json = false
    @Option(help: "What people are to know of it, up to 2000 bytes.") var description: String?
    @Flag(name: .customLong("no-description"), help: "Remove the description.") var noDescription = false
    @Option(help: "A JSON object to merge into what is there; a null removes a member, 'null' all.")
    var metadata: String?
    @Option(help: "Layers of hash keys.") var planes: Int?
    @Option(help: "Bits of the first layer.") var bitStart: Int?
    @Option(help: "Bits that each further layer adds.") var bitScaleFactor: Double?
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

    func validate() throws {
        if noDescription, description != nil {
            throw ValidationError("Give one of --description and --no-description.")
        }
        let isEmpty =
            !noDescription && description == nil && metadata == nil && planes == nil && bitStart == nil
            && bitScaleFactor == nil
        if isEmpty { throw ValidationError("Say what to change: see --help.") }
    }

    func perform() async throws {
        var changes = CollectionChanges()
        if noDescription { changes.description = .some(nil) }
        if let description { changes.description = .some(description) }
        changes.metadata = try metadata.map(parseMetadata)
        (changes.planeCount, changes.bitStart, changes.bitScaleFactor) = (planes, bitStart, bitScaleFactor)
        let changed = try await change(changes, try target.open())
        if json { sayJSON { $0.write(changed) } } else { Terminal.say("Changed \(collection).") }
    }

    private func change(
        _ changes: CollectionChanges, _ database: any VectorDatabase
    ) async throws -> CollectionConfiguration {
        try await database.updateCollection(
            collection.collection, changes, in: collection.project
        ).configuration
    }
}

/// `whiplash collection rename`
struct RenameCollection: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a collection another name in its project.",
        discussion: """
            Its items stay where they are, so that it takes no longer for many than for few. Aliases follow. On DynamoDB programs that \
            know the old name find the collection by it for up to five seconds more.

            EXAMPLES
              whiplash collection rename library/books novels
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON.") var json = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "The new name.") var name: String

    func perform() async throws {
        let renamed = try await rename(try target.open())
        if json { return sayJSON { $0.write(renamed) } }
        Terminal.say("\(collection) is \(renamed.project)/\(renamed.name) now.")
    }

    private func rename(_ database: any VectorDatabase) async throws -> CollectionConfiguration {
        try await database.renameCollection(
            collection.collection, to: name, in: collection.project
        ).configuration
    }
}

/// `whiplash collection clone`
struct CloneCollection: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "clone", abstract: "Copy a collection under another name of its project.",
        discussion: """
            Others search and write all the while; what they store, change or remove meanwhile is in the clone as it was at some moment \
            on the way. Until it is done the clone cannot be searched. What breaks off goes on where it was when it is called again. \
            The clone's metric, vector type, text index and filterable keys may be others than the collection's.

            EXAMPLES
              whiplash collection clone library/books books-copy
              whiplash collection clone library/books books-by-word --text-index
              whiplash collection clone library/books books-small --vector-type float16 --json
              whiplash collection clone library/books books-by-lang --filterable lang
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON: the clone.") var json = false
    @Option(help: "cosine, euclidean or dot.") var metric: Metric?
    @Option(help: "What vectors are stored as.") var vectorType: VectorType?
    @Flag(inversion: .prefixedNo, help: "Keep an index of the words of texts, for search --text.")
    var textIndex: Bool?
    @Option(help: "A metadata key whose values the index keeps for filters; up to 8 times.")
    var filterable: [String] = []
    @Option(help: "What people are to know of it.") var description: String?
    @Option(help: "What programs are to know of it, a JSON object.") var metadata: String?
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "The clone's name.") var name: String

    func perform() async throws {
        var clone = NewClone(name: name)
        (clone.metric, clone.vectorType, clone.textIndex) = (metric, vectorType, textIndex)
        clone.filterable = filterable.isEmpty ? nil : filterable
        (clone.description, clone.metadata) = (description, try metadata.map(parseMetadata))
        let database = try target.open(attempts: 10)
        let source = try await database.collection(collection.collection, in: collection.project)
        var bar = ProgressBar("Cloning", total: try await source.knownCount())
        var report: CloneReport
        repeat {
            report = try await database.cloneCollection(
                collection.collection, as: clone, in: collection.project)
            if !report.isDone { bar.show(report.copiedCount) }
        } while !report.isDone
        bar.clear()
        if !json {
            return Terminal.say(
                "Cloned \(collection) as \(collection.project)/\(name): \(report.copiedCount) items.")
        }
        let made = try await database.configuration(ofCollection: name, in: collection.project)
        sayJSON { $0.write(made) }
    }
}

/// What `--metadata` says of a collection.
func parseMetadata(_ text: String) throws -> RawJSON {
    do {
        return try RawJSON(parsing: text)
    } catch {
        throw CommandFailure("--metadata: \(error)", code: .refused)
    }
}

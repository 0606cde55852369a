import API
import ArgumentParser
import Foundation
import JSON
import VectorIndex
import Whiplash

/// `whiplash collection …`
struct CollectionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collection",
        abstract: "List, show, create, change, rename, clone and delete collections.",
        discussion: """
            EXAMPLES
              whiplash collection create library/books --dimension 384
              whiplash collection list
              whiplash collection show library/books
              whiplash collection set library/books --description 'Novels, by all-MiniLM-L6-v2'
              whiplash collection rename library/books novels
              whiplash collection clone library/novels novels-by-word --text-index
              whiplash collection delete library/books --yes
            """,
        subcommands: [
            List.self, Show.self, Create.self, SetCollection.self, RenameCollection.self,
            CloneCollection.self, Delete.self,
        ], defaultSubcommand: List.self)

    struct List: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the collections of a project, or of all.",
            discussion: """
                EXAMPLES
                  whiplash collection list
                  whiplash collection list library --json
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Argument(help: "The project; without one, all.") var project: String?

        func perform() async throws {
            let database = try target.open()
            let projects =
                if let project { [try await database.project(project)] } else {
                    try await database.projects()
                }
            let collections = projects.flatMap(\.collections)
            if !json { return collectionTable(collections).show() }
            sayJSON { writer in
                writer.writeArray { writer in
                    for collection in collections { writer.write(collection) }
                }
            }
        }
    }

    struct Show: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a collection.",
            discussion: """
                EXAMPLES
                  whiplash collection show library/books
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

        func perform() async throws {
            let found = try await target.open().configuration(
                ofCollection: collection.collection, in: collection.project)
            if json { return sayJSON { $0.write(found) } }
            found.table.show()
            if let description = found.description { Terminal.say("\n\(description)") }
            if let metadata = found.metadata { Terminal.say("\n\(metadata.text)") }
            if let clone = found.clone {
                Terminal.note(
                    "An unfinished clone of \(clone.source), with \(clone.copiedCount) items so far: 'whiplash collection clone' goes on."
                )
            }
        }
    }

    struct Create: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a collection, and its project when that is new.",
            discussion: """
                What is given here stays for the collection's life, but for --planes, --bit-start, --bit-scale-factor, --description and \
                --metadata, which 'whiplash collection set' changes.

                EXAMPLES
                  whiplash collection create library/books --dimension 384
                  whiplash collection create people/notes --dimension 384 --grouping --vector-type float16
                  whiplash collection create library/essays --dimension 384 --text-index
                  whiplash collection create library/papers --dimension 384 --filterable lang --filterable author.born
                  whiplash collection create library/images --dimension 512 --metric euclidean
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Option(help: "How many numbers each vector has, 1 to 4096.") var dimension: Int
        @Option(help: "cosine, euclidean or dot.") var metric = Metric.cosine
        @Flag(help: "Each item belongs to a group, and is searched for in it.") var grouping = false
        @Flag(help: "Keep an index of the words of texts, for search --text.") var textIndex = false
        @Option(help: "A metadata key whose values the index keeps for filters; up to 8 times.")
        var filterable: [String] = []
        @Option(help: "What vectors are stored as.") var vectorType = VectorType.float32
        @Option(help: "Layers of hash keys.") var planes: Int?
        @Option(help: "Bits of the first layer.") var bitStart: Int?
        @Option(help: "Bits that each further layer adds.") var bitScaleFactor: Double?
        @Option(help: "What people are to know of it.") var description: String?
        @Option(help: "What programs are to know of it, a JSON object.") var metadata: String?
        @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

        func perform() async throws {
            var new = NewCollection(name: collection.collection, featureCount: dimension)
            (new.metric, new.planeCount, new.bitStart, new.bitScaleFactor) = (
                metric, planes, bitStart, bitScaleFactor
            )
            (new.grouping, new.vectorType, new.textIndex) = (grouping, vectorType, textIndex)
            new.filterable = filterable
            (new.description, new.metadata) = (description, try metadata.map(parseMetadata))
            let made = try await create(new, try target.open(creating: true))
            if json {
                sayJSON { $0.write(made) }
            } else {
                Terminal.say(
                    "Created \(collection): \(made.featureCount) dimensions, \(made.metric.rawValue).")
            }
        }

        private func create(_ new: NewCollection, _ database: any VectorDatabase) async throws
            -> CollectionConfiguration
        {
            try await database.createCollection(new, in: collection.project).configuration
        }
    }

    struct Delete: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete a collection with all its items.",
            discussion: """
                EXAMPLES
                  whiplash collection delete library/books
                  whiplash collection delete library/books --yes
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Flag(help: "Do not ask.") var yes = false
        @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

        func perform() async throws {
            let database = try target.open()
            guard try yes || Terminal.confirms("Delete \(collection) with all its items?") else {
                throw ExitCode.failure
            }
            try await database.deleteCollection(collection.collection, in: collection.project)
            if json {
                sayJSON { $0.writeObject { $0.member("deleted", "\(collection)") } }
            } else {
                Terminal.say("Deleted \(collection).")
            }
        }
    }
}

extension Metric: ExpressibleByArgument {}
extension VectorType: ExpressibleByArgument {}

/// Collections for a person, in a line each. What matters least is last, where a terminal may end.
func collectionTable(_ collections: [CollectionConfiguration]) -> Table {
    var table = Table(
        [
            "COLLECTION", "DIMENSION", "METRIC", "STORED AS", "GROUPS", "TEXT INDEX", "FILTERABLE", "STAGE",
            "CREATED",
        ], numeric: [1])
    for it in collections { table.add(it.texts) }
    return table
}

extension CollectionConfiguration {
    /// One collection for a person, in a line for each thing.
    fileprivate var table: Table {
        var table = Table(["WHAT", ""])
        let names = [
            "collection", "dimension", "metric", "stored as", "groups", "text index", "filterable", "stage",
            "created",
        ]
        for (name, text) in zip(names, texts) { table.add([name, text]) }
        return table
    }

    fileprivate var texts: [String] {
        [
            "\(project)/\(name)", "\(featureCount)", metric.rawValue, vectorType.rawValue,
            grouping ? "yes" : "no", textIndex ? "yes" : "no",
            filterable.isEmpty ? "no" : filterable.joined(separator: ", "), stage,
            Date(timeIntervalSince1970: Double(createdAt) / 1000).formatted(.iso8601),
        ]
    }
}

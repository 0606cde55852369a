import ArgumentParser
import JSON
import Whiplash

/// `whiplash alias …`
struct AliasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias", abstract: "List, set and delete other names of collections.",
        discussion: """
            EXAMPLES
              whiplash alias set library/books books-v2
              whiplash alias list library
              whiplash alias delete library/books
            """,
        subcommands: [List.self, Set.self, Delete.self])

    struct List: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List a project's aliases.",
            discussion: """
                EXAMPLES
                  whiplash alias list library
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON, an object of aliases and collections.") var json = false
        @Argument(help: "The project.") var project: String

        func perform() async throws {
            let aliases = try await target.open().aliases(in: project).sorted { $0.key < $1.key }
            if json {
                return sayJSON { writer in
                    writer.writeObject { writer in
                        for (alias, collection) in aliases { writer.member(alias, collection) }
                    }
                }
            }
            var table = Table(["ALIAS", "COLLECTION"])
            for (alias, collection) in aliases { table.add(["\(project)/\(alias)", collection]) }
            table.show()
        }
    }

    struct Set: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Make a name mean a collection from now on.",
            discussion: """
                EXAMPLES
                  whiplash alias set library/books books-v2
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Argument(help: "As PROJECT/ALIAS.") var alias: CollectionPath
        @Argument(help: "The collection's own name.") var collection: String

        func perform() async throws {
            let before = try await target.open().setAlias(alias.collection, to: collection, in: alias.project)
            if !json {
                let change = before.map { " and no longer \($0)" } ?? ""
                return Terminal.say("\(alias) means \(collection)\(change).")
            }
            sayJSON { writer in
                writer.writeObject { writer in
                    writer.member("alias", alias.collection)
                    writer.member("collection", collection)
                    if let before { writer.member("previous", before) }
                }
            }
        }
    }

    struct Delete: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete an alias; the collection stays.",
            discussion: """
                EXAMPLES
                  whiplash alias delete library/books
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Argument(help: "As PROJECT/ALIAS.") var alias: CollectionPath

        func perform() async throws {
            try await target.open().deleteAlias(alias.collection, in: alias.project)
            if json {
                sayJSON { $0.writeObject { $0.member("deleted", "\(alias)") } }
            } else {
                Terminal.say("Deleted the alias \(alias).")
            }
        }
    }
}

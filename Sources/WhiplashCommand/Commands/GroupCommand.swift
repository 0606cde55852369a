import ArgumentParser
import JSON
import Whiplash

/// `whiplash group …`
struct GroupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "List and delete the groups of a collection.",
        discussion: """
            EXAMPLES
              whiplash group list people/notes
              whiplash group delete people/notes ann --yes
            """,
        subcommands: [List.self, Delete.self])

    struct List: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List a collection's groups, in pages.",
            discussion: """
                EXAMPLES
                  whiplash group list people/notes
                  whiplash group list people/notes --limit 1000 --json
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON: {\"groups\", \"cursor\"}.") var json = false
        @Option(help: "Groups of a page, 1 to 1000.") var limit = 100
        @Option(help: "Where to go on, as the page before told.") var cursor: String?
        @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath

        func validate() throws {
            if !(1...1000 ~= limit) { throw ValidationError("--limit has to be 1 to 1000.") }
        }

        func perform() async throws {
            let page = try await target.collection(collection).groups(limit: limit, cursor: cursor)
            if json { return sayJSON { Self.write(page, to: &$0) } }
            for group in page.groups { Terminal.say(group) }
            if let cursor = page.cursor { Terminal.note("More: --cursor \(cursor)") }
        }

        private static func write(_ page: GroupNamePage, to writer: inout JSONWriter) {
            writer.writeObject { writer in
                writer.key("groups")
                writer.writeArray { writer in
                    for group in page.groups { writer.write(group) }
                }
                writer.key("cursor")
                if let cursor = page.cursor { writer.write(cursor) } else { writer.writeNull() }
            }
        }
    }

    struct Delete: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete all items of a group.",
            discussion: """
                EXAMPLES
                  whiplash group delete people/notes ann
                  whiplash group delete people/notes ann --yes
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Flag(help: "Do not ask.") var yes = false
        @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
        @Argument(help: "The group.") var group: String

        func perform() async throws {
            let items = try await target.collection(collection)
            guard try yes || Terminal.confirms("Delete all items of \(group) in \(collection)?") else {
                throw ExitCode.failure
            }
            let count = try await items.deleteGroup(group)
            if json {
                sayJSON { $0.writeObject { $0.member("deleted", count) } }
            } else {
                Terminal.say("Deleted \(count) items of \(group).")
            }
        }
    }
}

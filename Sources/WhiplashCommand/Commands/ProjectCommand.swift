import API
import ArgumentParser
import JSON
import Whiplash

/// `whiplash project …`
struct ProjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project", abstract: "List, show, create and delete projects.",
        discussion: """
            EXAMPLES
              whiplash project list
              whiplash project create library
              whiplash project delete library --yes
            """,
        subcommands: [List.self, Show.self, Create.self, Delete.self], defaultSubcommand: List.self)

    struct List: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the projects.",
            discussion: """
                EXAMPLES
                  whiplash project list
                  whiplash project list --url http://127.0.0.1:8080 --json
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false

        func perform() async throws {
            let projects = try await target.open().projects()
            if json {
                return sayJSON { writer in
                    writer.writeArray { writer in
                        for project in projects { writer.write(project) }
                    }
                }
            }
            var table = Table(["PROJECT", "COLLECTIONS"])
            for project in projects {
                table.add([project.name, project.collections.map(\.name).joined(separator: ", ")])
            }
            table.show()
        }
    }

    struct Show: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a project with its collections.",
            discussion: """
                EXAMPLES
                  whiplash project show library
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Argument(help: "The project's name.") var name: String

        func perform() async throws {
            let project = try await target.open().project(name)
            if json { return sayJSON { $0.write(project) } }
            collectionTable(project.collections).show()
        }
    }

    struct Create: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a project.",
            discussion: """
                A project is also made on the way when a collection of a new one is created.

                EXAMPLES
                  whiplash project create library
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Argument(help: "The project's name.") var name: String

        func perform() async throws {
            let project = try await target.open(creating: true).createProject(name)
            if json { sayJSON { $0.write(project) } } else { Terminal.say("Created the project \(name).") }
        }
    }

    struct Delete: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete a project with its collections and all their items.",
            discussion: """
                EXAMPLES
                  whiplash project delete library
                  whiplash project delete library --yes
                """)
        @OptionGroup var target: TargetOptions
        @Flag(help: "Answer in JSON.") var json = false
        @Flag(help: "Do not ask.") var yes = false
        @Argument(help: "The project's name.") var name: String

        func perform() async throws {
            let database = try target.open()
            let project = try await database.project(name)
            let names = project.collections.map(\.name).joined(separator: ", ")
            let what = names.isEmpty ? "" : " with its collections (\(names)) and all their items"
            guard try yes || Terminal.confirms("Delete the project \(name)\(what)?") else {
                throw ExitCode.failure
            }
            try await database.deleteProject(name)
            if json {
                sayJSON { $0.writeObject { $0.member("deleted", name) } }
            } else {
                Terminal.say("Deleted the project \(name).")
            }
        }
    }
}

import ArgumentParser

/// The command `whiplash`.
@main struct WhiplashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whiplash",
        abstract: "A vector store of one's own, on SQLite at home and on DynamoDB in AWS.",
        discussion: """
            EXAMPLES
              whiplash serve                       serve on http://127.0.0.1:8080, in whiplash.db
              whiplash serve --store dynamodb      the same API over DynamoDB tables
              whiplash sample                      load 2,000 WordNet glosses and search them
            """,
        version: "0.1.0",
        subcommands: [Serve.self, Sample.self, Routes.self])
}

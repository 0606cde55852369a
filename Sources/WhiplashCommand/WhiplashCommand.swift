import ArgumentParser

/// The command `whiplash`.
///
/// Each command's name is written out: to make it of the type's name takes longer, at every start, than to open a database.
@main struct WhiplashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whiplash",
        abstract: "A vector store of one's own, on SQLite at home and on DynamoDB in AWS.",
        discussion: """
            Commands work on the SQLite file whiplash.db of this folder, on another (--database), on DynamoDB \
            directly (--store dynamodb), or through the API of a running server (--url, --api-key).

            EXIT CODES
              0    done
              1    another failure
              2    something that was named is not there
              3    what was given breaks a rule, the settings included
              4    there already, or another request was at the same
              5    the key, the credentials or the rights do not do
              6    no answer, or too busy
              64   wrong usage
              130  interrupted by Ctrl-C

            EXAMPLES
              whiplash collection create library/books --dimension 384
              whiplash import library/books books.jsonl
              whiplash search library/books --like moby-dick
              whiplash serve                       serve on http://127.0.0.1:8080, in whiplash.db
              whiplash serve --store dynamodb      the same API over DynamoDB tables
              whiplash project list --url http://127.0.0.1:8080 --api-key KEY
              whiplash --generate-completion-script bash
            """,
        version: "0.1.0",
        subcommands: [
            Serve.self, ProjectCommand.self, CollectionCommand.self, AliasCommand.self, GroupCommand.self,
            PutCommand.self,
            GetCommand.self,
            DeleteCommand.self, ListCommand.self, CountCommand.self, SearchCommands.self, ImportCommand.self,
            ExportCommand.self, StatsCommand.self, TuneCommand.self, VerifyCommand.self, BenchCommand.self,
            DoctorCommand.self,
            Sample.self, Routes.self,
        ])
}

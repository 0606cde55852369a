import ArgumentParser
import Foundation
import JSON
import Whiplash

/// `whiplash doctor`
struct DoctorCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check settings, credentials, tables, clock and permissions.",
        discussion: """
            Says of each what is wrong and what to do about it. Nothing is changed, unless --write is given: then a collection is made, \
            written, searched and removed again, which tries every right that Whiplash needs.

            Exits with 1 when something is wrong.

            EXAMPLES
              whiplash doctor
              whiplash doctor --url https://abc.execute-api.us-east-1.amazonaws.com/dev --write
              whiplash doctor --store dynamodb --region eu-central-1 --json
            """)
    @OptionGroup var target: TargetOptions
    @Flag(help: "Answer in JSON: {\"findings\", \"ok\"}.") var json = false
    @Flag(help: "Try writing as well.") var write = false

    func perform() async throws {
        var examination = Examination(target: target, tries: write)
        await examination.run()
        let isWell = !examination.findings.contains { $0.level == .fault }
        if json {
            sayJSON { Self.write(examination.findings, isWell, to: &$0) }
        } else {
            for finding in examination.findings { Terminal.say(finding.text) }
        }
        if !isWell { throw ExitCode(FailureCode.other.rawValue) }
    }

    private static func write(_ findings: [Finding], _ isWell: Bool, to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.key("findings")
            writer.writeArray { writer in
                for finding in findings {
                    writer.writeObject { writer in
                        writer.member("level", finding.level.rawValue)
                        writer.member("subject", finding.subject)
                        writer.member("finding", finding.what)
                        if let advice = finding.advice { writer.member("advice", advice) }
                    }
                }
            }
            writer.member("ok", isWell)
        }
    }
}

/// One thing that was looked at.
struct Finding {
    enum Level: String {
        case good, warning, fault
    }

    var level: Level
    var subject: String
    var what: String
    /// What to do about it.
    var advice: String?

    var text: String {
        let mark =
            switch level {
            case .good: "ok     "
            case .warning: "warning"
            case .fault: "FAULT  "
            }
        return "\(mark)  \(subject): \(what)" + (advice.map { "\n         → \($0)" } ?? "")
    }
}

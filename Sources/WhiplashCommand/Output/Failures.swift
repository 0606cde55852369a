import ArgumentParser
import Foundation
import ItemFiles
import Storage
import Whiplash

/// What the command's exit code means. Usage errors exit with 64, as is the custom.
enum FailureCode: Int32 {
    case other = 1
    /// Something that was named is not there.
    case notFound = 2
    /// What was given breaks a rule: the command's input, or its settings.
    case refused = 3
    /// Something is there already, or another request was at the same.
    case conflict = 4
    /// The key, the credentials or the rights do not do.
    case denied = 5
    /// The other end does not answer, or asks to come later.
    case unavailable = 6
    /// Ctrl-C, as shells tell it.
    case interrupted = 130
}

/// A failure told in one sentence to the person at the terminal.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    let code: FailureCode

    init(_ description: String, code: FailureCode = .other) {
        self.description = description
        self.code = code
    }
}

/// A command whose failures are told in a sentence and an exit code.
protocol Subcommand: AsyncParsableCommand {
    func perform() async throws
}

extension Subcommand {
    func run() async throws {
        do {
            try await perform()
        } catch {
            guard let failure = CommandFailure(error) else { throw error }
            FileHandle.standardError.write(Data("Error: \(failure.description)\n".utf8))
            throw ExitCode(failure.code.rawValue)
        }
    }
}

extension CommandFailure {
    /// Nil for what the parser of arguments deals with itself.
    init?(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case is ExitCode, is CleanExit, is ValidationError: return nil
        case let error as WhiplashError: self.init(error)
        case let failure as IngestFailure:
            let cause = CommandFailure(failure.cause) ?? CommandFailure("\(failure.cause)")
            self.init(
                "\(cause.description)\nThe first \(failure.storedCount) items are stored.", code: cause.code)
        case let error as StoreError: self.init(.store(error))
        case let error as ItemFileError: self.init("\(error)", code: .refused)
        default: self.init("\(error)")
        }
    }

    init(_ error: WhiplashError) {
        let code: FailureCode =
            switch error {
            case .invalid, .tooLarge: .refused
            case .notFound: .notFound
            case .alreadyExists, .conflict, .conditionFailed: .conflict
            case .store(.forbidden): .denied
            case .store(.throttled), .store(.unavailable), .store(.cancelled): .unavailable
            case .store: .other
            }
        var text = "\(error)"
        if case .store(.unavailable(let store, _)) = error, store.hasPrefix("http") {
            text += ". Is the server running? (whiplash serve; whiplash doctor looks further)"
        }
        self.init(text, code: code)
    }
}

import Foundation

/// The terminal, or what stands in its place.
enum Terminal {
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    static var showsOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Characters of a line; nil where no terminal shows it.
    static var width: Int? {
        guard showsOutput else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes a line to standard output, at once.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    static func say(_ bytes: [UInt8]) {
        FileHandle.standardOutput.write(Data(bytes + [UInt8(ascii: "\n")]))
    }

    /// A line that is about the work and not its result.
    static func note(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// Whether a person says yes. Where none is there, the answer has to be given by a flag.
    static func confirms(_ question: String) throws -> Bool {
        guard isInteractive else {
            throw CommandFailure("\(question) Say so with --yes.", code: .refused)
        }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}

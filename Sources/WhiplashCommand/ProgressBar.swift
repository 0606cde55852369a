import Foundation

/// How far a long piece of work has come: a bar on a terminal, a line now and then elsewhere.
struct ProgressBar {
    let label: String
    let total: Int
    private let start = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private static let width = 30

    init(_ label: String, total: Int) {
        self.label = label
        self.total = total
    }

    /// Shows that `done` of the total are done, with the rate.
    func show(_ done: Int) {
        let seconds = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        let filled = Self.width * done / max(total, 1)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        let line = "\(label) \(bar) \(done)/\(total), \(Int(Double(done) / seconds)) a second"
        if isTerminal {
            write("\r\u{1B}[K" + line + (done == total ? "\n" : ""))
        } else if done == total {
            write(line + "\n")
        }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

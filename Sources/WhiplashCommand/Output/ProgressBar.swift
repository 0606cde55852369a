import Foundation

/// How far a long piece of work has come: a bar on a terminal with rate and time left, a line now and then elsewhere.
struct ProgressBar {
    var label: String
    /// Nil where nobody knows.
    let total: Int?
    /// What is counted.
    let unit: String
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private static let width = 30

    init(_ label: String, total: Int?, of unit: String = "items") {
        self.label = label
        self.total = total
        self.unit = unit
    }

    /// How often it is drawn: on a terminal so that it moves, elsewhere so that a log stays short.
    private var interval: Duration { isTerminal ? .milliseconds(100) : .seconds(30) }

    /// Shows that `done` are done.
    ///
    /// - Parameter fraction: What that is of the whole, 0 to 1, where the total does not say it.
    mutating func show(_ done: Int, fraction: Double? = nil) {
        let now = ContinuousClock.now
        guard now - (lastShown ?? start) >= interval else { return }
        lastShown = now
        write(line(done, fraction ?? total.map { Double(done) / Double(max($0, 1)) }), isLast: false)
    }

    /// Shows that all is done.
    func finish(_ done: Int) { write(line(done, 1), isLast: true) }

    private func line(_ done: Int, _ fraction: Double?) -> String {
        let seconds = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        let count = total.map { "\(done)/\($0)" } ?? "\(done) \(unit)"
        var line = "\(label) \(bar(fraction))\(count), \(Int(Double(done) / seconds)) a second"
        if let fraction, fraction > 0, fraction < 1 {
            line += ", \(Self.clock(seconds / fraction - seconds)) left"
        }
        return line
    }

    private func bar(_ fraction: Double?) -> String {
        guard let fraction else { return "" }
        let filled = Int(Double(Self.width) * min(1, max(0, fraction)))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
            + " "
    }

    /// Seconds as `1:02:03` or `2:03`.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":" + two(whole % 60)
    }

    private func write(_ line: String, isLast: Bool) {
        let text = isTerminal ? "\r\u{1B}[K" + line + (isLast ? "\n" : "") : line + "\n"
        FileHandle.standardError.write(Data(text.utf8))
    }
}

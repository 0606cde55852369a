import Foundation

/// How far a long piece of work has come: a bar on a terminal with rate and time left, a line now and then elsewhere.
struct ProgressBar {
    var label: String
    /// Nil where nobody knows.
    let total: Int?
    /// What is counted.
    let unit: String
    /// What was done before: rate and time left are those of this run.
    private let before: (done: Int, fraction: Double)
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private static let width = 30

    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// - Parameters:
    ///   - done: What runs before have done.
    ///   - fraction: What that is of the whole, 0 to 1, where the total does not say it.
    init(_ label: String, total: Int?, of unit: String = "items", after done: Int = 0, fraction: Double = 0) {
        self.label = label
        self.total = total
        self.unit = unit
        before = (done, total.map { Double(done) / Double(max($0, 1)) } ?? fraction)
    }

    /// How often it is drawn: on a terminal so that it moves, elsewhere so that a log stays short.
    private var interval: Duration { Self.isTerminal ? .milliseconds(100) : .seconds(30) }

    /// Shows that `done` are done.
    ///
    /// - Parameter fraction: What that is of the whole, 0 to 1, where the total does not say it.
    mutating func show(_ done: Int, fraction: Double? = nil) {
        let now = ContinuousClock.now
        // A terminal shows at once that something goes on.
        let isDue =
            lastShown.map { now - $0 >= interval } ?? (Self.isTerminal || now - start >= interval)
        guard isDue else { return }
        lastShown = now
        // What others have stored since they were counted is in no total.
        let total = total.flatMap { $0 < done ? nil : $0 }
        let part = fraction ?? total.map { Double(done) / Double(max($0, 1)) }
        write(line(done, of: total, part), isLast: false)
    }

    /// Shows that all is done, however many were expected.
    func finish(_ done: Int) { write(line(done, of: total == done ? total : nil, 1), isLast: true) }

    /// Takes the bar off a terminal, where what follows would stand behind it.
    func clear() {
        if Self.isTerminal, lastShown != nil { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    private func line(_ done: Int, of total: Int?, _ fraction: Double?) -> String {
        let count = total.map { "\(done)/\($0)" } ?? "\(done) \(unit)"
        let seconds = max((ContinuousClock.now - start) / .seconds(1), 0.001)
        let rate = Int(Double(done - before.done) / seconds)
        var line = "\(label) \(bar(fraction))\(count), \(rate) a second"
        if let fraction, fraction > before.fraction, fraction < 1 {
            let left = (1 - fraction) / (fraction - before.fraction) * seconds
            line += ", \(Self.clock(left)) left"
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
        let text = Self.isTerminal ? "\r\u{1B}[K" + line + (isLast ? "\n" : "") : line + "\n"
        FileHandle.standardError.write(Data(text.utf8))
    }
}

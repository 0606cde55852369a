/// Rows under headings, in columns as wide as need be; the last is cut where the terminal ends.
struct Table {
    private let headings: [String]
    private var rows: [[String]] = []
    /// The columns that hold numbers, which stand at the right.
    private let numeric: Set<Int>

    init(_ headings: [String], numeric: Set<Int> = []) {
        self.headings = headings
        self.numeric = numeric
    }

    mutating func add(_ row: [String]) {
        rows.append(row.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") })
    }

    /// - Parameter width: Of a line; nil for as long as it takes.
    func text(width: Int?) -> String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { column, cell in
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                return numeric.contains(column) ? gap + cell : cell + gap
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            if let width, line.count > width { line = line.prefix(max(1, width - 1)) + "…" }
            return line
        }.joined(separator: "\n")
    }

    func show() { Terminal.say(text(width: Terminal.width)) }
}

import Foundation

/// The rows of a table's main part and of its delta, in the order of their keys.
///
/// SQL can merge them too (UNION ALL … ORDER BY), and then copies every row of both.
struct MergedRows {
    private var main, delta: Part
    private let keyColumns: Range<Int32>
    private let isDescending: Bool
    /// Whether the row given last is one of the main part; nil before the first.
    private var isMainLast: Bool?
    /// The key of the delta's row, a column after the other: it stays while many rows of the main part go by.
    private var deltaKey: [[UInt8]] = []

    /// Calls `body` with the rows that two statements give, each in the order of the key.
    ///
    /// - Parameters:
    ///   - arguments: Of either statement.
    ///   - keyColumns: Those that have the key.
    static func run<Output>(
        _ main: RawStatement, _ delta: RawStatement, _ arguments: [RawStatement.Argument],
        keyColumns: Range<Int32>, isDescending: Bool = false, _ body: (inout MergedRows) throws -> Output
    ) throws -> Output {
        try main.run(arguments) { main in
            try delta.run(arguments) { delta in
                var rows = MergedRows(
                    main: Part(statement: main), delta: Part(statement: delta), keyColumns: keyColumns,
                    isDescending: isDescending)
                return try body(&rows)
            }
        }
    }

    /// The statement that stands at the next row; nil behind the last. The row before is then gone.
    mutating func next() throws -> RawStatement? {
        if isMainLast != false { try main.step() }
        if isMainLast != true { try stepDelta() }
        let isMainNext = isMainNext
        isMainLast = isMainNext
        if isMainNext { return main.isAtEnd ? nil : main.statement }
        return delta.statement
    }

    private mutating func stepDelta() throws {
        try delta.step()
        if delta.isAtEnd { return }
        deltaKey = keyColumns.map { delta.statement.withBytes(ofColumn: $0) { [UInt8]($0) } }
    }

    private var isMainNext: Bool {
        if delta.isAtEnd { return true }
        if main.isAtEnd { return false }
        for (column, right) in zip(keyColumns, deltaKey) {
            let difference = main.statement.withBytes(ofColumn: column) { left in
                right.withUnsafeBytes { order(of: left, $0) }
            }
            if difference != 0 { return (difference < 0) != isDescending }
        }
        return true
    }

    /// Below 0 where the left one comes first.
    private func order(of left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else {
            return left.count - right.count
        }
        let order = memcmp(leftStart, rightStart, min(left.count, right.count))
        return order == 0 ? left.count - right.count : Int(order)
    }

    private struct Part {
        let statement: RawStatement
        var isAtEnd = false

        mutating func step() throws { if !isAtEnd { isAtEnd = try !statement.step() } }
    }
}

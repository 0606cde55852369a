import Foundation

/// The rows of a table's main part and of its delta, in the order of their keys.
///
/// SQL can merge them too (UNION ALL … ORDER BY), and then copies every row of both.
struct MergedRows {
    private var main, delta: Part
    /// The key is the first column, or the first two.
    private let keyColumnCount: Int32
    private let isDescending: Bool
    /// Whether the row given last is one of the main part; nil before the first.
    private var isMainLast: Bool?

    private struct Part {
        let cursor: RawCursor
        var isAtEnd = false

        mutating func step() throws { if !isAtEnd { isAtEnd = try !cursor.step() } }
    }

    /// Calls `body` with the rows that two statements give, each in the order of the key.
    ///
    /// - Parameters:
    ///   - arguments: Of either statement.
    ///   - keyColumnCount: How many columns have the key: 1 or 2, the first ones.
    static func run<Output>(
        _ main: RawStatement, _ delta: RawStatement, _ arguments: [RawStatement.Argument],
        keyColumnCount: Int32, isDescending: Bool = false, _ body: (inout MergedRows) throws -> Output
    ) throws -> Output {
        try main.run(arguments) { main in
            try delta.run(arguments) { delta in
                var rows = MergedRows(
                    main: Part(cursor: main), delta: Part(cursor: delta), keyColumnCount: keyColumnCount,
                    isDescending: isDescending)
                return try body(&rows)
            }
        }
    }

    /// The cursor that stands at the next row; nil behind the last. The row before is then gone.
    mutating func next() throws -> RawCursor? {
        if isMainLast != false { try main.step() }
        if isMainLast != true { try delta.step() }
        let isMainNext = isMainNext
        isMainLast = isMainNext
        let next = isMainNext ? main : delta
        return next.isAtEnd ? nil : next.cursor
    }

    private var isMainNext: Bool {
        if main.isAtEnd || delta.isAtEnd { return delta.isAtEnd }
        for column in 0..<keyColumnCount {
            let difference = main.cursor.withBytes(ofColumn: column) { left in
                delta.cursor.withBytes(ofColumn: column) { right in order(of: left, right) }
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
}

/// How a back end orders the rows of its logs, and so how a reader follows one.
public enum LogOrder: Sendable, Equatable {
    /// Rows are numbered 1, 2, 3, … in the order in which they become visible, without gaps. The oldest may be dropped, the
    /// last one never: who reads on behind number n and finds another than n + 1 has missed some.
    case numbered
    /// Rows carry their writer's time, in milliseconds since 1970.
    ///
    /// When a write returns, its row has a time at most `lag` before now, also by a reader's clock: who has read everything up
    /// to a time reads on from `lag` before it. Rows are dropped some time after `life`.
    case timed(lag: Int64, life: Int64)
}

/// The sort keys of logs: 16 hexadecimal digits of a number or a time; behind a time, chance, so that no two rows meet.
public enum LogKey {
    private static let digitCount = 16

    /// Of a row's number; and the least key of all rows of that time or later.
    public static func text(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: digitCount - digits.utf8.count) + digits
    }

    public static func text(milliseconds: Int64, random: UInt64) -> String {
        text(UInt64(max(0, milliseconds))) + text(random)
    }

    /// The number or the time of a row; nil for a key that no log has.
    public static func number(_ key: String) -> UInt64? {
        guard key.utf8.count >= digitCount else { return nil }
        return UInt64(key.prefix(digitCount), radix: 16)
    }
}

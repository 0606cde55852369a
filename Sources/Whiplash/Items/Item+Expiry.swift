extension Item {
    /// What `expiresAt` may be: to the end of the year 9999, so that milliseconds are not taken for seconds.
    public static let expiryRange: ClosedRange<Int64> = 0...253_402_300_799

    /// What `timestamp` may be: the years 1 to 9999.
    public static let timestampRange: ClosedRange<Int64> = -62_135_596_800...expiryRange.upperBound

    /// How a time may be written.
    package static let timeForms =
        "seconds since 1970, or a date and time such as '2030-01-31T12:00:00Z'"

    /// A date and time by RFC 3339 in seconds since 1970; parts of a second are left out. Nil for another text.
    ///
    /// A leap second counts as the second before it.
    package static func time(_ text: String) -> Int64? {
        var reader = TimeReader(rest: Array(text.utf8)[...])
        return reader.time()
    }
}

/// Takes `YYYY-MM-DDThh:mm:ss[.f…](Z|±hh:mm)` apart. Source: RFC 3339, section 5.6.
private struct TimeReader {
    var rest: ArraySlice<UInt8>

    mutating func time() -> Int64? {
        guard let year = number(4), skip("-"), let month = number(2, 1...12), skip("-"),
            let day = number(2, 1...31), day <= Self.dayCount(year, month), skip("Tt "),
            let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59), skip(":"),
            let second = number(2, 0...60), skipFraction(), let offset = offset(), rest.isEmpty
        else { return nil }
        return Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + min(second, 59) - offset
    }

    /// A number of so many digits.
    private mutating func number(_ count: Int, _ range: ClosedRange<Int64> = 0...9999) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        rest.removeFirst(count)
        let number = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        return range.contains(number) ? number : nil
    }

    /// Passes over one of these characters.
    private mutating func skip(_ characters: String) -> Bool {
        guard let first = rest.first, characters.utf8.contains(first) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipFraction() -> Bool {
        guard skip(".") else { return true }
        let digits = rest.prefix { 0x30...0x39 ~= $0 }
        rest.removeFirst(digits.count)
        return !digits.isEmpty
    }

    /// What local time is ahead, in seconds.
    private mutating func offset() -> Int64? {
        if skip("Zz") { return 0 }
        let isBehind = rest.first == UInt8(ascii: "-")
        guard skip("+-"), let hour = number(2, 0...23), skip(":"), let minute = number(2, 0...59) else {
            return nil
        }
        return (isBehind ? -1 : 1) * (hour * 3_600 + minute * 60)
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func dayCount(_ year: Int64, _ month: Int64) -> Int64 {
        [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(month) - 1]
    }

    /// The days from the first of January 1970.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let years = year - 1
        let before = years * 365 + years / 4 - years / 100 + years / 400
        return before + (1..<month).reduce(0) { $0 + dayCount(year, $1) } + day - 1 - 719_162
    }
}

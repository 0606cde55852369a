extension Row {
    /// The attribute, an integer, that says until when a row is kept: seconds since 1970.
    ///
    /// From then on the back end may remove the row by itself, when it comes to it. Until it does, the row is one like any other: reads
    /// give it, and of the conditions only `vacant` and `alive` look at the time.
    public static let expiry = "expires"

    /// In seconds since 1970; nil when the row stays.
    public var expiresAt: Int64? { integer(Self.expiry) }

    /// Whether its time is over, in seconds since 1970.
    public func isExpired(at time: Int64) -> Bool { expiresAt.map { $0 <= time } ?? false }
}

extension String {
    /// The least text behind all that begin with this one, in the order of UTF-8 bytes; nil when there is none.
    ///
    /// With it the texts of a prefix are a range: `prefix <= text < prefix.endOfPrefix`.
    public var endOfPrefix: String? {
        var scalars = String.UnicodeScalarView(unicodeScalars)
        // The order of UTF-8 bytes is that of scalars.
        while let last = scalars.popLast() {
            guard let next = last.next else { continue }
            scalars.append(next)
            return String(scalars)
        }
        return nil
    }
}

extension Unicode.Scalar {
    /// The next one; nil behind the last.
    fileprivate var next: Unicode.Scalar? {
        value == 0xD7FF ? "\u{E000}" : Unicode.Scalar(value + 1)
    }
}

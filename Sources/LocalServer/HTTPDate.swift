#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The time as a `Date` header has it (RFC 9110, 5.6.7), written once a second.
struct HTTPDate {
    private var second: time_t = 0
    private var text = ""

    var now: String {
        mutating get {
            let second = time(nil)
            if second != self.second { (self.second, text) = (second, Self.text(of: second)) }
            return text
        }
    }

    private static func text(of second: time_t) -> String {
        var (second, parts) = (second, tm())
        gmtime_r(&second, &parts)
        // Days and months are English in the locale "C", which no other is chosen in place of.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let start = text.baseAddress.unsafelyUnwrapped
            strftime(start, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(cString: start)
        }
    }
}

/// Marks one write: when it was made, and which of several at that time.
///
/// Milliseconds since 1970 in the upper 43 bits, chance in the lower 20. Equal stamps are the same write.
struct WriteStamp: Hashable, Sendable {
    let number: Int64

    init(number: Int64) { self.number = number }

    init(milliseconds: Int64, random: UInt64) {
        number = milliseconds << 20 | Int64(random & 0xF_FFFF)
    }

    var milliseconds: Int64 { number >> 20 }
}

/// Where time and chance come from, and how time passes; tests bring their own.
struct Origin: Sendable {
    let now: @Sendable () -> Int64
    let random: @Sendable () -> UInt64
    /// Lets milliseconds pass; throws when the task is cancelled.
    let sleep: @Sendable (Int64) async throws -> Void

    /// The time in seconds since 1970.
    var seconds: Int64 { now() / 1000 }

    func stamp() -> WriteStamp { WriteStamp(milliseconds: now(), random: random()) }
}

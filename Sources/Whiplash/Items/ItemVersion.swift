/// Which write an item came from: each write of an item gives it another.
///
/// Made of the row's write stamp. Its text is opaque, since versions have no order that means anything: two processes' clocks
/// differ. And it is no number, since the stamp has more digits than a number of JavaScript's keeps.
public struct ItemVersion: Hashable, Sendable {
    let stamp: WriteStamp

    init(_ stamp: WriteStamp) { self.stamp = stamp }

    /// Nil for a text that is no version.
    public init?(_ text: String) {
        guard let number = Int64(text, radix: 36), number >= 0, String(number, radix: 36) == text else {
            return nil
        }
        stamp = WriteStamp(number: number)
    }

    /// 1 to 13 characters of `[0-9a-z]`.
    public var text: String { String(stamp.number, radix: 36) }
}

extension ItemVersion: CustomStringConvertible {
    public var description: String { text }
}

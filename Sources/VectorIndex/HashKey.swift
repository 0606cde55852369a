/// The place of a vector in the index: its sign bits under the collection's planes, the first plane's the highest.
///
/// As text it is base 36 at a fixed width, so that the order of the texts is the order of the bits, and the
/// keys that share their first bits, at any depth, are one contiguous range.
///
/// Source: M. Bawa, T. Condie, P. Ganesan, "LSH Forest: Self-Tuning Indexes for Similarity Search", WWW 2005.
public struct HashKey: Hashable, Comparable, Sendable {
    /// How many bits a key has: the deepest bucket.
    public static let bitCount = 30
    /// The characters of a key's text: 36⁶ is the least power of 36 above 2³⁰.
    public static let textLength = 6

    /// Below 2³⁰.
    public let bits: UInt32

    public init(bits: UInt32) {
        precondition(bits >> Self.bitCount == 0)
        self.bits = bits
    }

    public static func < (left: HashKey, right: HashKey) -> Bool { left.bits < right.bits }

    /// `textLength` characters of `0`…`9`, `a`…`z`.
    public var text: String { fixedWidthBase36(UInt64(bits), width: Self.textLength) }
}

/// A bucket: all keys that begin with the same bits.
public struct Bucket: Hashable, Sendable {
    /// How many leading bits its keys share, 0 (all keys) to `HashKey.bitCount`.
    public let depth: Int
    /// Those bits, as a number below 2^`depth`.
    public let prefix: UInt32

    public init(depth: Int, prefix: UInt32) {
        precondition((0...HashKey.bitCount).contains(depth) && prefix >> depth == 0)
        self.depth = depth
        self.prefix = prefix
    }
}

/// A run of neighbouring buckets of one depth.
public struct BucketRange: Hashable, Sendable {
    public let depth: Int
    public let prefixes: Range<UInt32>

    public init(depth: Int, prefixes: Range<UInt32>) {
        precondition(!prefixes.isEmpty && prefixes.upperBound <= 1 << depth)
        self.depth = depth
        self.prefixes = prefixes
    }

    /// The text of the first key inside.
    public var lowerText: String { text(prefixes.lowerBound) }

    /// The text of the first key behind. That of the last range is behind every key.
    public var upperText: String { text(prefixes.upperBound) }

    private func text(_ prefix: UInt32) -> String {
        fixedWidthBase36(UInt64(prefix) << (HashKey.bitCount - depth), width: HashKey.textLength)
    }
}

extension BucketRange {
    /// Sorted numbers as runs, joined across the smallest gaps until there are at most `limit`.
    static func runs(of numbers: [UInt32], atMost limit: Int) -> [Range<UInt32>] {
        let gaps = zip(numbers, numbers.dropFirst()).map { $1 - $0 - 1 }.filter { $0 > 0 }.sorted(by: >)
        let joinable = gaps.count >= limit ? gaps[limit - 1] : 0
        var runs: [Range<UInt32>] = []
        for number in numbers {
            if let last = runs.last, number - last.upperBound <= joinable {
                runs[runs.count - 1] = last.lowerBound..<(number + 1)
            } else {
                runs.append(number..<(number + 1))
            }
        }
        return runs
    }
}

/// `value` in base 36, padded with zeros; the highest digits are dropped when it is wider.
public func fixedWidthBase36(_ value: UInt64, width: Int) -> String {
    var rest = value
    var digits = [UInt8](repeating: UInt8(ascii: "0"), count: width)
    for index in digits.indices.reversed() where rest > 0 {
        let digit = UInt8(rest % 36)
        digits[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        rest /= 36
    }
    return String(decoding: digits, as: UTF8.self)
}

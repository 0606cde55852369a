/// The shortest decimal that reads as a given `Float`, and of those the nearest to it.
///
/// That is what `description` writes, found in fewer steps for numbers such as vectors are made of.
struct ShortDecimal {
    /// The magnitude is `digits` × 10^-`places`, with one place or more behind the point.
    private let digits: UInt64
    private let places: Int
    private let isNegative: Bool

    /// How many bytes may be touched while a text is written: a sign, five digits, the point, and sixteen.
    static let room = 24

    /// Nil for what is very large or small, and where it takes more than these steps to tell the digits.
    ///
    /// - Parameter powers: `wholePowersOfTen`.
    @inline(__always)
    init?(_ value: Float, _ powers: UnsafeBufferPointer<UInt64>) {
        let magnitude = value.magnitude
        // Below a power of two floats stand closer than above it, so that the nearest decimal may be the wrong one.
        guard magnitude >= 1e-4, magnitude < 1e5, value.significandBitPattern != 0 else { return nil }
        // Nine digits tell every `Float`. With 24 bits of it, and 28 of 5^12, the products are exact.
        let places = 9 - digitsBeforePoint(of: magnitude)
        let power = Double(Int64(bitPattern: powers[places]))
        let nine = NineDigits(
            number: Double(magnitude) * power, halfGap: Double(magnitude.ulp) * 0.5 * power)
        guard let short = nine.shortened else { return nil }
        isNegative = value < 0
        var (digits, left) = (short.digits, places - short.dropped)
        while digits % 10 == 0, left > 1 { (digits, left) = (digits / 10, left - 1) }
        (self.digits, self.places) = (digits, left)
    }

    /// Writes the text, and gives its end.
    @inline(__always)
    func write(
        to text: UnsafeMutablePointer<UInt8>, _ powers: UnsafeBufferPointer<UInt64>
    ) -> UnsafeMutablePointer<UInt8> {
        var (at, fraction) = (text, digits)
        at.pointee = UInt8(ascii: "-")
        at += isNegative ? 1 : 0
        if digits < powers[places] {
            at.pointee = UInt8(ascii: "0")
            at += 1
        } else {
            let whole = digits / powers[places]
            fraction -= whole * powers[places]
            at = writeWhole(whole, to: at)
        }
        at.pointee = UInt8(ascii: ".")
        // Sixteen places, of which the last are zeros that count no more.
        let sixteen = fraction &* powers[16 - places]
        let upper = sixteen / 100_000_000
        UnsafeMutableRawPointer(at + 1).storeBytes(of: eightDigits(upper), as: UInt64.self)
        UnsafeMutableRawPointer(at + 9).storeBytes(
            of: eightDigits(sixteen &- upper &* 100_000_000), as: UInt64.self)
        return at + 1 + places
    }
}

/// A number of nine digits before its point, and how far from it a decimal may be to read as the same `Float`.
private struct NineDigits {
    let number: Double
    let halfGap: Double

    /// The fewest of the digits that are near enough, and how many are dropped then, at most three.
    ///
    /// Half a gap is more than 2 and less than 60. So nine digits are always near enough; and a decimal of six or fewer
    /// that is near enough is the nearest of six, with zeros at its end.
    @inline(__always)
    var shortened: (digits: UInt64, dropped: Int)? {
        let whole = Int64(number)
        let fraction = number - Double(whole)
        guard let seven = rounded(whole, fraction, to: 100) else { return nil }
        if seven.isNear {
            guard let six = rounded(whole, fraction, to: 1000) else { return nil }
            return six.isNear ? (six.digits, 3) : (seven.digits, 2)
        }
        guard let eight = rounded(whole, fraction, to: 10) else { return nil }
        if eight.isNear { return (eight.digits, 1) }
        return rounded(whole, fraction, to: 1).map { ($0.digits, 0) }
    }

    /// The nearest number of fewer digits, and whether it is near enough; nil when two are as near, or when it is just as
    /// far as may be, which is near enough for every other `Float`.
    @inline(__always)
    private func rounded(
        _ whole: Int64, _ fraction: Double, to unit: Int64
    ) -> (digits: UInt64, isNear: Bool)? {
        let below = whole / unit
        let rest = Double(whole - below * unit) + fraction
        let half = Double(unit) * 0.5
        let distance = half - (rest - half).magnitude
        if rest == half || distance == halfGap { return nil }
        return (UInt64(below + (rest > half ? 1 : 0)), distance < halfGap)
    }
}

/// From -3 to 5, for 0.0001 to 99999.
@inline(__always)
private func digitsBeforePoint(of magnitude: Float) -> Int {
    func counts(_ bound: Float) -> Int { magnitude >= bound ? 1 : 0 }
    let count = counts(1e-3) + counts(1e-2) + counts(1e-1) + counts(1) - 3
    if magnitude < 10 { return count }
    return count + counts(1e1) + counts(1e2) + counts(1e3) + counts(1e4)
}

@inline(__always)
private func writeWhole(
    _ number: UInt64, to text: UnsafeMutablePointer<UInt8>
) -> UnsafeMutablePointer<UInt8> {
    let count = digitsBeforePoint(of: Float(number))
    var rest = number
    for place in (0..<count).reversed() {
        text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
    }
    return text + count
}

/// Eight digits, the first in the lowest byte, as text: halves, then quarters, then each, all at a time.
@inline(__always)
private func eightDigits(_ number: UInt64) -> UInt64 {
    let upper = number / 10_000
    let halves = upper | (number &- upper &* 10_000) << 32
    // Division by 100 of what is below 10,000, and by 10 of what is below 100.
    let hundreds = (halves &* 10_486) >> 20 & 0x0000_007F_0000_007F
    let quarters = hundreds | (halves &- hundreds &* 100) << 16
    let tens = (quarters &* 103) >> 10 & 0x000F_000F_000F_000F
    let digits = tens | (quarters &- tens &* 10) << 8
    return (digits | 0x3030_3030_3030_3030).littleEndian
}

/// 10^0 … 10^16.
let wholePowersOfTen: [UInt64] = (0..<16).reduce(into: [1]) { powers, place in
    powers.append(powers[place] * 10)
}

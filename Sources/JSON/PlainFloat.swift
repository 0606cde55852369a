/// A number such as vectors are made of, read in few steps.
///
/// A number is plain when it has at most nine digits before its point, at most 23 behind it and at most two in its
/// exponent, and when its nearest `Float` is clear without exact arithmetic. Nearly all numbers are. The others are
/// left to `readFloat`, which knows every case, and so is whatever is no number: what is wrong, and where, is
/// told in one place.
///
/// Source of the eight digits at a time: W. Muła and D. Lemire, "Parsing floats at a gigabyte per second", 2021.
struct PlainFloat {
    let value: Float
    /// The first byte behind it.
    let end: UnsafePointer<UInt8>

    /// How many bytes there have to be from its beginning on, whatever they hold; more than a plain number has.
    static let room = 48

    /// The number that begins here; nil when it is not plain.
    @inline(__always)
    init?(at start: UnsafePointer<UInt8>) {
        // By arithmetic, since a branch on the sign of a random number is foretold wrongly every other time.
        let sign = start.pointee == UInt8(ascii: "-") ? 1 : 0
        var at = start + sign
        guard var magnitude = readDecimal(&at) else { return nil }
        if at.pointee | 0x20 == UInt8(ascii: "e") {
            guard let power = readPower(&at) else { return nil }
            magnitude *= power
            guard magnitude > 1.2e-38, magnitude < 3.4e38 else { return nil }
        }
        guard let float = nearestFloat(magnitude) else { return nil }
        value = Float(bitPattern: float.bitPattern | UInt32(truncatingIfNeeded: sign) &<< 31)
        end = at
    }
}

/// The `Float` nearest to a number from which `value` differs by at most 7.1 × 2^-53 of itself; nil when that does not tell.
///
/// The number is then less than 8 units of `value`'s last place away. Where one nearest `Float` gives way to the
/// next, midway between two, the 29 bits that a `Float` lacks of a `Double` are a one and zeros; `value` and the
/// number are on the same side of every such place that is farther than 8 units off. This holds while the `Float`
/// is a normal number or zero.
@inline(__always)
private func nearestFloat(_ value: Double) -> Float? {
    let missing = value.bitPattern & 0x1FFF_FFFF
    let isNearMidway = missing &- (0x1000_0000 - 8) <= 16
    return isNearMidway ? nil : Float(value)
}

// MARK: Parts
//
// How far a result may be from the number, in parts of 2^-53 of itself, is counted along the way: a rounding adds one,
// and so does a power of ten that no `Double` holds exactly.

/// Reads digits, and a point with more digits behind it or none.
///
/// - Returns: At most 5 parts off: the fraction, and the sum.
@inline(__always)
private func readDecimal(_ at: inout UnsafePointer<UInt8>) -> Double? {
    if at[0] == UInt8(ascii: "0"), at[1] == UInt8(ascii: ".") {
        at += 2
        return readFraction(&at)
    }
    guard let whole = readWhole(&at) else { return nil }
    if at.pointee != UInt8(ascii: ".") { return Double(whole) }
    at += 1
    guard let fraction = readFraction(&at) else { return nil }
    return Double(whole) + fraction
}

/// Reads one to nine digits, of which the first is 0 only when it stands alone.
private func readWhole(_ at: inout UnsafePointer<UInt8>) -> Int? {
    let start = at
    var number = 0
    while isDigit(at.pointee), at - start < 10 {
        number = number &* 10 &+ Int(at.pointee &- UInt8(ascii: "0"))
        at += 1
    }
    let hasNeedlessZero = at - start > 1 && start.pointee == UInt8(ascii: "0")
    return 1...9 ~= at - start && !hasNeedlessZero ? number : nil
}

/// Reads 1 to 23 digits behind a point.
///
/// - Returns: At most 4 parts off: of the first sixteen digits the integer, the power and the product, and the sum. The other
///   product is small beside it, or the only one, and 2 parts off.
@inline(__always)
private func readFraction(_ at: inout UnsafePointer<UInt8>) -> Double? {
    let first = EightBytes(at)
    if !first.areDigits {
        guard first.digitCount > 0 else { return nil }
        at += first.digitCount
        return first.leadingDigits * 1e-8
    }
    let second = EightBytes(at + 8)
    if !second.areDigits {
        at += 8 + second.digitCount
        return Double(first.number &* 100_000_000 &+ second.leadingNumber) * 1e-16
    }
    let third = EightBytes(at + 16)
    if third.areDigits { return nil }
    at += 16 + third.digitCount
    return Double(first.number &* 100_000_000 &+ second.number) * 1e-16 + third.leadingDigits * 1e-24
}

/// Reads `e`, a sign or none, and one or two digits.
///
/// - Returns: The power of ten, at most 1 part off; the product with it is one more.
private func readPower(_ at: inout UnsafePointer<UInt8>) -> Double? {
    at += 1
    let isNegative = at.pointee == UInt8(ascii: "-")
    if isNegative || at.pointee == UInt8(ascii: "+") { at += 1 }
    let start = at
    var exponent = 0
    while isDigit(at.pointee), at - start < 3 {
        exponent = exponent &* 10 &+ Int(at.pointee &- UInt8(ascii: "0"))
        at += 1
    }
    guard 1...2 ~= at - start else { return nil }
    return powersOfTen[99 + (isNegative ? -exponent : exponent)]
}

/// 10^-99 … 10^99, each as the nearest `Double`: the standard library reads decimals exactly.
private let powersOfTen = (-99...99).map { Double("1e\($0)") ?? .nan }

@inline(__always)
private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

/// Eight bytes of a text, of which the first so many may be digits.
private struct EightBytes {
    /// The first byte lowest; 0 to 9 where it is a digit.
    private let values: UInt64
    /// The upper bit of the first byte that is no digit, and of those behind it what there may be.
    private let others: UInt64

    @inline(__always)
    init(_ start: UnsafePointer<UInt8>) {
        let bytes = UInt64(littleEndian: UnsafeRawPointer(start).loadUnaligned(as: UInt64.self))
        values = bytes ^ 0x3030_3030_3030_3030
        // What is more than 9 carries into its upper bit, or has it. If it carries further it meets later bytes alone.
        others = (values &+ 0x7676_7676_7676_7676 | values) & 0x8080_8080_8080_8080
    }

    @inline(__always) var areDigits: Bool { others == 0 }

    /// How many digits come before the first other byte.
    @inline(__always) var digitCount: Int { others.trailingZeroBitCount &>> 3 }

    /// The number that all eight make.
    @inline(__always) var number: Int { Self.joined(values) }

    /// The number that the digits before the first other byte make, with zeros to fill eight places.
    @inline(__always) var leadingNumber: Int {
        let firstOther = others & (0 &- others)
        return Self.joined(values & (firstOther &>> 7 &- 1))
    }

    @inline(__always) var leadingDigits: Double { Double(leadingNumber) }

    /// Pairs of digits, then pairs of pairs; then one multiplication each joins these of either half.
    @inline(__always)
    private static func joined(_ digits: UInt64) -> Int {
        let pairs = digits &* 10 &+ digits &>> 8
        let even = (pairs & 0x0000_00FF_0000_00FF) &* (100 &+ 1_000_000 << 32)
        let odd = (pairs &>> 16 & 0x0000_00FF_0000_00FF) &* (1 &+ 10_000 << 32)
        return Int(truncatingIfNeeded: (even &+ odd) &>> 32)
    }
}

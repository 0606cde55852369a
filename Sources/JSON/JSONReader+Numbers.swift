extension JSONReader {
    /// Reads a number that is whole and fits; `3.0` and `3e0` are whole.
    public mutating func readInteger() throws(JSONError) -> Int {
        let number = try readNumber(as: "a whole number")
        if number.isPlain, let value = Int(text(of: number)) { return value }
        let value = double(number)
        // Beyond 2^53 every double is whole, and which one was meant is no longer sure.
        guard !number.isPlain, value.magnitude <= 0x1p53 else {
            throw JSONError(.outOfRange(expected: "a whole number of 64 bits"), at: number.start)
        }
        if Double(Int(value)) == value { return Int(value) }
        throw JSONError(.mismatch(expected: "a whole number", received: "a fraction"), at: number.start)
    }

    /// Reads a number as the nearest `Double`.
    public mutating func readDouble() throws(JSONError) -> Double {
        let number = try readNumber(as: "a number")
        let value = double(number)
        if value.isFinite { return value }
        throw JSONError(.outOfRange(expected: "a number of 64-bit floating point"), at: number.start)
    }

    /// Reads a number as the nearest `Float`.
    public mutating func readFloat() throws(JSONError) -> Float {
        let number = try readNumber(as: "a number")
        let value = float(number)
        if value.isFinite { return value }
        throw JSONError(.outOfRange(expected: "a number of 32-bit floating point"), at: number.start)
    }

    private mutating func readNumber(as expected: String) throws(JSONError) -> ScannedNumber {
        let kind = try peekKind()
        if kind != .number { throw mismatch(expected: expected, received: kind.description) }
        return try scanNumber()
    }
}

/// A number's text taken apart: ±`mantissa` × 10^`exponent` when `isExact`.
struct ScannedNumber {
    /// Where its text begins and ends.
    var start: Int
    var end: Int
    var isNegative = false
    /// Its digits without leading zeros, while they are at most 19.
    var mantissa: UInt64 = 0
    var exponent = 0
    /// How many digits `mantissa` has taken.
    var digitCount = 0
    /// Written without fraction and exponent.
    var isPlain = true

    var isExact: Bool { digitCount <= 19 }

    mutating func append(_ digit: UInt8) {
        if digitCount > 0 || digit != UInt8(ascii: "0") { digitCount += 1 }
        if digitCount <= 19 { mantissa = mantissa &* 10 &+ UInt64(digit &- UInt8(ascii: "0")) }
    }
}

// MARK: Text to parts

extension JSONReader {
    /// Reads a number's text by the grammar of RFC 8259, section 6.
    mutating func scanNumber() throws(JSONError) -> ScannedNumber {
        var number = ScannedNumber(start: position, end: position)
        if byte == UInt8(ascii: "-") {
            number.isNegative = true
            position += 1
        }
        if byte == UInt8(ascii: "0") {
            position += 1
            if isDigit(byte) { throw syntax("a number may not begin with 0") }
        } else {
            try scanDigits { number.append($0) }
        }
        try scanFraction(into: &number)
        try scanExponent(into: &number)
        number.end = position
        return number
    }

    private mutating func scanFraction(into number: inout ScannedNumber) throws(JSONError) {
        guard byte == UInt8(ascii: ".") else { return }
        position += 1
        let start = position
        try scanDigits { number.append($0) }
        number.exponent -= position - start
        number.isPlain = false
    }

    private mutating func scanExponent(into number: inout ScannedNumber) throws(JSONError) {
        guard byte | 0x20 == UInt8(ascii: "e") else { return }
        position += 1
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative || byte == UInt8(ascii: "+") { position += 1 }
        var exponent = 0
        try scanDigits { digit in
            // Far beyond any floating point number; more digits only must not overflow.
            if exponent < 1_000_000 { exponent = exponent * 10 + Int(digit - UInt8(ascii: "0")) }
        }
        number.exponent += isNegative ? -exponent : exponent
        number.isPlain = false
    }

    /// Reads one digit or more.
    @inline(__always)
    private mutating func scanDigits(_ body: (UInt8) -> Void) throws(JSONError) {
        guard isDigit(byte) else { throw syntax("expected a digit") }
        while position < bytes.count, isDigit(bytes[position]) {
            body(bytes[position])
            position += 1
        }
    }
}

@inline(__always)
private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

// MARK: Parts to numbers

extension JSONReader {
    func text(of number: ScannedNumber) -> String {
        String(decoding: bytes[number.start..<number.end], as: UTF8.self)
    }

    /// The nearest `Double`, infinite when there is none.
    func double(_ number: ScannedNumber) -> Double {
        // Both operands are exact, so that the one operation rounds correctly.
        // Source: W. Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990.
        guard number.isExact, number.mantissa <= 1 << 53, let value = quickDouble(number) else {
            return Double(text(of: number)) ?? .infinity
        }
        return value
    }

    /// The nearest `Float`, infinite when there is none.
    ///
    /// A `Double` within two units of its last place rounds to the right `Float` unless a point midway between
    /// two of them is as near; only then, and beyond the normal numbers, the slow way is taken.
    func float(_ number: ScannedNumber) -> Float {
        if number.isExact, let value = quickDouble(number) {
            if value == 0 { return number.isNegative ? -0.0 : 0 }
            let belowFloat = value.bitPattern & 0x1FFF_FFFF
            let isClear = belowFloat < 0x0FFF_FFFC || belowFloat > 0x1000_0004
            if isClear, 1.2e-38...3.4e38 ~= value.magnitude { return Float(value) }
        }
        return Float(text(of: number)) ?? .infinity
    }

    /// `mantissa` × 10^`exponent` with at most two roundings; nil when the power of ten is not exact.
    @inline(__always)
    private func quickDouble(_ number: ScannedNumber) -> Double? {
        let magnitude: Double
        switch number.exponent {
        case 0...22: magnitude = Double(number.mantissa) * powersOfTen[number.exponent]
        case -22..<0: magnitude = Double(number.mantissa) / powersOfTen[-number.exponent]
        default: return nil
        }
        return number.isNegative ? -magnitude : magnitude
    }
}

/// 10^0 … 10^22, all that a `Double` holds exactly.
private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19,
    1e20, 1e21, 1e22,
]

extension JSONReader {
    /// Reads a string, with its escapes resolved.
    public mutating func readString() throws(JSONError) -> String {
        try expect(.string)
        let start = position + 1
        let end = try endOfPlainText(from: start)
        position = end
        guard bytes[end] != UInt8(ascii: "\"") else {
            position += 1
            return String(decoding: bytes[start..<end], as: UTF8.self)
        }
        return try readEscapedString(from: start)
    }

    /// Reads past a string, checked like any other.
    mutating func skipString() throws(JSONError) {
        position += 1
        while true {
            position = try endOfPlainText(from: position)
            guard byte == UInt8(ascii: "\\") else { break }
            _ = try readEscape()
        }
        position += 1
    }

    /// The place of the next quote or backslash.
    func endOfPlainText(from start: Int) throws(JSONError) -> Int {
        var index = start
        let raw = UnsafeRawBufferPointer(bytes)
        while index + 8 <= bytes.count,
            isPlainText(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        {
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
            if byte < 0x20 { throw JSONError(.syntax(reason: "a control character in a string"), at: index) }
            index += 1
        }
        throw JSONError(.syntax(reason: "the text ends too early"), at: index)
    }

    /// Reads on at the first backslash of a string that began at `start`.
    private mutating func readEscapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<position])
        while byte == UInt8(ascii: "\\") {
            text.append(contentsOf: String(try readEscape()).utf8)
            let end = try endOfPlainText(from: position)
            text.append(contentsOf: bytes[position..<end])
            position = end
        }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads one escape, or two that are a pair of surrogates.
    private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        let escape = byte(at: position + 1)
        let scalar: Unicode.Scalar
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(escape)
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"): return try readUnicodeEscape()
        default: throw syntax("an unknown escape in a string")
        }
        position += 2
        return scalar
    }

    private mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        let first = try readCodeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, byte == UInt8(ascii: "\\"), byte(at: position + 1) == UInt8(ascii: "u") else {
            throw JSONError(.syntax(reason: "an unpaired surrogate in a string"), at: start)
        }
        let second = try readCodeUnit()
        let scalar = 0x10000 + ((first - 0xD800) << 10) + (second & 0x3FF)
        guard 0xDC00...0xDFFF ~= second, let scalar = Unicode.Scalar(scalar) else {
            throw JSONError(.syntax(reason: "an unpaired surrogate in a string"), at: start)
        }
        return scalar
    }

    /// Reads `\u` and its four hexadecimal digits.
    private mutating func readCodeUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for index in position + 2..<position + 6 {
            guard let digit = hexDigit(byte(at: index)) else {
                throw syntax("\\u needs four hexadecimal digits")
            }
            unit = unit << 4 | digit
        }
        position += 6
        return unit
    }
}

/// Whether none of the eight bytes is a quote, a backslash or a control character.
///
/// A byte less than 0x20 borrows from its upper bit, unless it has that itself; one that equals another is zero after
/// the exclusive or, and zero borrows from 1. What a borrow does to bytes above only makes for a false alarm.
@inline(__always)
private func isPlainText(_ bytes: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = bytes ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let backslashes = bytes ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let control = (bytes &- ones &* 0x20) & ~bytes
    let found = (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | control
    return found & (ones &* 0x80) == 0
}

private func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}

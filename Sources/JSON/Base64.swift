/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
public enum Base64 {
    /// The bytes that `text` stands for; nil when it is not canonical base64 (padded, no white space, no spare bits).
    public static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0[...]) }
    }

    static func decode(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let text = UnsafeBufferPointer(rebasing: text)
        let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let byteCount = text.count / 4 * 3 - padding
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            isValid = values.withUnsafeBufferPointer { values in
                let decoder = Base64Decoder(text: text, values: values)
                return decoder.decode(padding: padding, into: UnsafeMutableRawBufferPointer(output))
            }
            count = isValid ? byteCount : 0
        }
        return isValid ? bytes : nil
    }

    /// Appends the text that stands for `bytes`.
    static func encode(_ bytes: UnsafeRawBufferPointer, onto text: inout [UInt8]) {
        let start = text.count
        text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: (bytes.count + 2) / 3 * 4))
        text.withUnsafeMutableBytes { text in
            pairs.withUnsafeBufferPointer { pairs in
                encode(bytes, into: UnsafeMutableRawBufferPointer(rebasing: text[start...]), pairs)
            }
        }
    }

    /// - Parameter text: Padding where nothing is written.
    private static func encode(
        _ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer,
        _ pairs: UnsafeBufferPointer<UInt16>
    ) {
        func pair(_ bits: UInt64) -> UInt64 { UInt64(pairs[Int(bits & 0xFFF)]) }
        var (read, written) = (0, 0)
        // Six bytes become eight characters. Eight are read, so that one load does.
        while read + 8 <= bytes.count {
            let bits = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: read, as: UInt64.self)) >> 16
            let first = pair(bits >> 36) | pair(bits >> 24) << 16
            let eight = first | pair(bits >> 12) << 32 | pair(bits) << 48
            text.storeBytes(of: eight.littleEndian, toByteOffset: written, as: UInt64.self)
            read += 6
            written += 8
        }
        while read < bytes.count {
            let count = min(3, bytes.count - read)
            var bits: UInt64 = 0
            for index in 0..<3 { bits = bits << 8 | (index < count ? UInt64(bytes[read + index]) : 0) }
            let four = pair(bits >> 12) | pair(bits) << 16
            for index in 0...count { text[written + index] = UInt8(truncatingIfNeeded: four >> (8 * index)) }
            read += 3
            written += 4
        }
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The two characters of each twelve bits, the first in the lower byte.
    private static let pairs = (0..<4096).map { bits in
        UInt16(alphabet[bits & 0x3F]) << 8 | UInt16(alphabet[bits >> 6])
    }

    /// What each character means at the first place of four, then at the second, third and fourth.
    private static let values = (0..<4).flatMap { place in
        var table = [UInt32](repeating: Base64Decoder.invalid, count: 256)
        for (value, character) in alphabet.enumerated() {
            table[Int(character)] = UInt32(value) << (18 - 6 * UInt32(place))
        }
        return table
    }
}

/// Turns groups of four characters into three bytes each.
private struct Base64Decoder {
    /// Marks what is not of the alphabet.
    static let invalid: UInt32 = 0x8000_0000

    let text: UnsafeBufferPointer<UInt8>
    /// `Base64.values`.
    let values: UnsafeBufferPointer<UInt32>

    /// The 24 bits of four characters, and the mark if one is invalid.
    private func group(at index: Int) -> UInt32 {
        values[Int(text[index])] | values[256 + Int(text[index + 1])]
            | values[512 + Int(text[index + 2])] | values[768 + Int(text[index + 3])]
    }

    /// - Parameters:
    ///   - padding: How many characters at the end are padding.
    ///   - output: Exactly as many bytes as there have to be.
    /// - Returns: Whether the text was valid; then `output` is filled.
    func decode(padding: Int, into output: UnsafeMutableRawBufferPointer) -> Bool {
        var seen: UInt32 = 0
        var (read, written) = (0, 0)
        // Two groups become six bytes. Eight are stored, so that one store does; the next overwrites two.
        while written + 8 <= output.count {
            let (first, second) = (group(at: read), group(at: read + 4))
            seen |= first | second
            let six = UInt64(first) << 40 | UInt64(second & 0xFF_FFFF) << 16
            output.storeBytes(of: six.bigEndian, toByteOffset: written, as: UInt64.self)
            read += 8
            written += 6
        }
        while read + 4 <= text.count - (padding > 0 ? 4 : 0) {
            let bits = group(at: read)
            seen |= bits
            for index in 0..<3 {
                output[written + index] = UInt8(truncatingIfNeeded: bits >> (16 - 8 * index))
            }
            read += 4
            written += 3
        }
        if padding > 0 { seen |= decodeLast(padding, at: read, into: output) }
        return seen & Self.invalid == 0
    }

    /// Decodes the group that ends in padding.
    ///
    /// - Returns: The mark if it is invalid, or has bits that mean nothing.
    private func decodeLast(
        _ padding: Int, at index: Int, into output: UnsafeMutableRawBufferPointer
    ) -> UInt32 {
        var bits = values[Int(text[index])] | values[256 + Int(text[index + 1])]
        if padding == 1 { bits |= values[512 + Int(text[index + 2])] }
        output[index / 4 * 3] = UInt8(truncatingIfNeeded: bits >> 16)
        if padding == 1 { output[index / 4 * 3 + 1] = UInt8(truncatingIfNeeded: bits >> 8) }
        let hasSpareBits = bits & (padding == 1 ? 0xFF : 0xFFFF) != 0
        return hasSpareBits ? Self.invalid : bits
    }
}

extension JSONReader {
    /// Reads a string of base64 as the bytes it stands for.
    public mutating func readBase64() throws(JSONError) -> [UInt8] {
        try expect(.string)
        let (start, offset) = (position + 1, position)
        let end = try endOfPlainText(from: start)
        let decoded: [UInt8]?
        if bytes[end] == UInt8(ascii: "\"") {
            decoded = Base64.decode(bytes[start..<end])
            position = end + 1
        } else {
            // Some writers escape the solidus.
            decoded = Base64.decode(try readString())
        }
        guard let decoded else {
            throw JSONError(.mismatch(expected: "base64", received: "another string"), at: offset)
        }
        return decoded
    }
}

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
            isValid = decode(text, padding: padding, into: output)
            count = isValid ? byteCount : 0
        }
        return isValid ? bytes : nil
    }

    /// Whether the text was valid; then `output` is filled.
    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>, padding: Int, into output: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        sextets.withUnsafeBufferPointer { sextets in
            var seen: UInt8 = 0
            func sextet(_ index: Int) -> UInt32 {
                let value = sextets[Int(text[index])]
                seen |= value
                return UInt32(value)
            }
            let whole = (text.count - (padding > 0 ? 4 : 0)) / 4
            for group in 0..<whole {
                let at = group * 4
                let bits = sextet(at) << 18 | sextet(at + 1) << 12 | sextet(at + 2) << 6 | sextet(at + 3)
                output[group * 3] = UInt8(truncatingIfNeeded: bits >> 16)
                output[group * 3 + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                output[group * 3 + 2] = UInt8(truncatingIfNeeded: bits)
            }
            guard padding > 0 else { return seen & 0x80 == 0 }
            let at = whole * 4
            let bits = sextet(at) << 18 | sextet(at + 1) << 12 | (padding == 1 ? sextet(at + 2) << 6 : 0)
            output[whole * 3] = UInt8(truncatingIfNeeded: bits >> 16)
            if padding == 1 { output[whole * 3 + 1] = UInt8(truncatingIfNeeded: bits >> 8) }
            let spare = bits & (padding == 1 ? 0xFF : 0xFFFF)
            return seen & 0x80 == 0 && spare == 0
        }
    }

    /// Appends the text that stands for `bytes`.
    static func encode(_ bytes: UnsafeRawBufferPointer, onto text: inout [UInt8]) {
        let alphabet = alphabet
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var bits: UInt32 = 0
            for index in 0..<3 { bits = bits << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
            for index in 0..<4 {
                let sextet = Int(bits >> (18 - 6 * UInt32(index)) & 0x3F)
                text.append(index <= count ? alphabet[sextet] : UInt8(ascii: "="))
            }
        }
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The six bits of each character; 0x80 for one that is not of the alphabet.
    private static let sextets: [UInt8] = {
        var table = [UInt8](repeating: 0x80, count: 256)
        for (sextet, character) in alphabet.enumerated() { table[Int(character)] = UInt8(sextet) }
        return table
    }()
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

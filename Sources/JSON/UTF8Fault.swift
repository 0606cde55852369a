/// The offset of the first byte that is not part of well-formed UTF-8, or nil.
///
/// - Complexity: O(n); 64 bytes a step where the text is ASCII.
func firstFault(inUTF8 bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    let raw = UnsafeRawBufferPointer(bytes)
    var index = 0
    while index < bytes.count {
        if index + 64 <= bytes.count, isASCII(raw, at: index) {
            index += 64
        } else if index + 8 <= bytes.count,
            raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            index += 8
        } else if bytes[index] < 0x80 {
            index += 1
        } else {
            let length = scalarLength(bytes, at: index)
            if length == 0 { return index }
            index += length
        }
    }
    return nil
}

/// Whether the 64 bytes from here on are ASCII.
@inline(__always)
private func isASCII(_ raw: UnsafeRawBufferPointer, at index: Int) -> Bool {
    func sixteen(_ part: Int) -> SIMD16<UInt8> {
        raw.loadUnaligned(fromByteOffset: index + 16 * part, as: SIMD16<UInt8>.self)
    }
    let all = unsafeBitCast((sixteen(0) | sixteen(1)) | (sixteen(2) | sixteen(3)), to: SIMD2<UInt64>.self)
    return (all[0] | all[1]) & 0x8080_8080_8080_8080 == 0
}

/// The bytes of the well-formed non-ASCII scalar that begins here, or 0.
///
/// Source: The Unicode Standard, table 3-7, "Well-Formed UTF-8 Byte Sequences".
private func scalarLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    let (length, second): (Int, ClosedRange<UInt8>) =
        switch bytes[index] {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: (0, 0x80...0xBF)
        }
    guard length > 0, index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
    for next in index + 1..<index + length where bytes[next] & 0xC0 != 0x80 { return 0 }
    return length
}

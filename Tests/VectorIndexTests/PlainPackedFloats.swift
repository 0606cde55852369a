/// The twin of `PackedFloats`.
enum PlainPackedFloats {
    private static let windowWidth = 7
    /// The code of an exponent outside of the window.
    private static let outside: UInt32 = 7

    /// The components packed, or nil when that would take as much as float32: mostly zeros, or of very different sizes.
    static func pack(_ vector: [Float]) -> [UInt8]? {
        let (first, outsideCount) = window(of: vector)
        let (codesStart, exponentsStart) = layout(vector.count)
        let byteCount = exponentsStart + outsideCount
        guard byteCount < 4 * vector.count else { return nil }
        return [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, initializedCount in
            bytes.initialize(repeating: 0)
            bytes[0] = UInt8(first)
            var next = exponentsStart
            for (index, component) in vector.enumerated() {
                let bits = component.bitPattern
                let exponent = exponent(bits)
                let isInside = exponent >= first && exponent < first + windowWidth
                let code = isInside ? UInt32(exponent - first) : outside
                if !isInside {
                    bytes[next] = UInt8(exponent)
                    next += 1
                }
                let significand = bits >> 8 & 0x80_0000 | bits & 0x7F_FFFF
                for place in 0..<3 {
                    bytes[1 + 3 * index + place] = UInt8(
                        truncatingIfNeeded: significand >> (8 * UInt32(place)))
                }
                let (byte, shift) = (3 * index).quotientAndRemainder(dividingBy: 8)
                bytes[codesStart + byte] |= UInt8(truncatingIfNeeded: code << UInt32(shift))
                if shift > 5 { bytes[codesStart + byte + 1] |= UInt8(code >> UInt32(8 - shift)) }
            }
            initializedCount = byteCount
        }
    }

    /// The components of packed bytes, or nil when the bytes are not those of so many.
    static func unpack(_ bytes: [UInt8], count: Int) -> [Float]? {
        let (codesStart, exponentsStart) = layout(count)
        guard bytes.count >= exponentsStart else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let first = UInt32(bytes[0])
            var next = exponentsStart
            let vector = [Float](unsafeUninitializedCapacity: count) { vector, initializedCount in
                // Eight codes fill three bytes.
                for start in stride(from: 0, to: count, by: 8) {
                    let codesAt = codesStart + start / 8 * 3
                    let codes = (codesAt..<min(codesAt + 3, exponentsStart)).reversed()
                        .reduce(0) { $0 << 8 | UInt32(bytes[$1]) }
                    for index in start..<min(start + 8, count) {
                        let code = codes >> UInt32(3 * (index - start)) & 7
                        var exponent = first &+ code
                        if code == outside {
                            guard next < bytes.count else { return }
                            exponent = UInt32(bytes[next])
                            next += 1
                        }
                        vector[index] = component(significand(index, bytes), exponent)
                    }
                }
                initializedCount = count
            }
            return vector.count == count && next == bytes.count ? vector : nil
        }
    }

    /// Read as four bytes, of which the last is another's: codes follow the last significand.
    private static func significand(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 1 + 3 * index, as: UInt32.self))
    }

    /// - Parameter significand: The sign above 23 bits of fraction; what is above is of no account.
    private static func component(_ significand: UInt32, _ exponent: UInt32) -> Float {
        Float(bitPattern: (significand & 0x80_0000) << 8 | exponent << 23 | significand & 0x7F_FFFF)
    }

    /// Where the codes and the exponents outside of the window begin.
    private static func layout(_ count: Int) -> (codes: Int, exponents: Int) {
        let codes = 1 + 3 * count
        return (codes, codes + (3 * count + 7) / 8)
    }

    /// The first of the seven neighbouring exponents that hold the most components, and how many they leave out.
    private static func window(of vector: [Float]) -> (first: Int, outsideCount: Int) {
        var counts = [Int](repeating: 0, count: 256)
        for component in vector { counts[exponent(component.bitPattern)] += 1 }
        var inside = counts[..<windowWidth].reduce(0, +)
        var best = (first: 0, inside: inside)
        for first in 1...(256 - windowWidth) {
            inside += counts[first + windowWidth - 1] - counts[first - 1]
            if inside > best.inside { best = (first, inside) }
        }
        return (best.first, vector.count - best.inside)
    }

    private static func exponent(_ bits: UInt32) -> Int { Int(bits >> 23 & 0xFF) }
}

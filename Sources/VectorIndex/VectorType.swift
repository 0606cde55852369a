/// What the components of a vector are stored as, little-endian.
public enum VectorType: String, Sendable, CaseIterable {
    /// Exact: 32 bits each, packed into some 27 where that is less.
    case float32
    /// Two bytes each: eleven significant bits, up to 65,504.
    case float16

    /// Bytes of a component before it is packed.
    public var byteCount: Int { self == .float32 ? 4 : 2 }

    /// The vector that is stored in the place of this one: each component rounded to the nearest, ties to even. One beyond the
    /// type's range becomes infinite.
    public func rounded(_ vector: [Float]) -> [Float] {
        self == .float32 ? vector : vector.map { HalfPrecision($0).number }
    }

    /// A rounded vector as it is stored.
    public func bytes(of vector: [Float]) -> [UInt8] {
        if self == .float32 { return PackedFloats.pack(vector) ?? littleEndianBytes(of: vector) }
        return vector.flatMap { component in
            let bits = HalfPrecision(component).bits
            return [UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8)]
        }
    }

    /// The vector of stored bytes, or nil when they are not those of `dimension` components.
    public func vector(of bytes: [UInt8], dimension: Int) -> [Float]? {
        if bytes.count == dimension * byteCount { return plainVector(of: bytes) }
        return self == .float32 ? PackedFloats.unpack(bytes, count: dimension) : nil
    }

    private func plainVector(of bytes: [UInt8]) -> [Float]? {
        if self == .float32 { return VectorIndex.vector(ofLittleEndianBytes: bytes) }
        return stride(from: 0, to: bytes.count, by: 2).map { start in
            HalfPrecision(bits: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8).number
        }
    }
}

/// A number of IEEE 754 binary16. By hand: `Float16` is not there on every platform that Swift has.
struct HalfPrecision {
    let bits: UInt16

    init(bits: UInt16) { self.bits = bits }

    /// The nearest to `number`, which is not NaN; of two as near the even one.
    init(_ number: Float) {
        let sign = UInt16(number.bitPattern >> 16) & 0x8000
        let magnitude = number.bitPattern & 0x7FFF_FFFF
        switch magnitude {
        // 65,536 and beyond.
        case 0x4780_0000...: bits = sign | 0x7C00
        // Below 2⁻¹⁴ halves are multiples of 2⁻²⁴.
        case ..<0x3880_0000:
            bits = sign | UInt16((Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven))
        // The exponent's offset is 112 less. What rounding carries goes on into the exponent, and to infinity.
        default:
            let tie = (magnitude >> 13) & 1
            bits = sign | UInt16((magnitude - (112 << 23) + 0xFFF + tie) >> 13)
        }
    }

    var number: Float {
        let (exponent, fraction) = (UInt32(bits >> 10) & 0x1F, UInt32(bits & 0x3FF))
        let magnitude: Float =
            switch exponent {
            case 0: Float(fraction) * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default: Float(bitPattern: (exponent + 112) << 23 | fraction << 13)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}

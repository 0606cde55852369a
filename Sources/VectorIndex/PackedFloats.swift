/// Float32 components in some 27 bits each instead of 32, every bit of them kept.
///
/// An exponent takes eight bits and says little: the components of a vector are of like size, and seven neighbouring exponents
/// hold nearly all of them (98 in 100 of normally distributed ones). For `d` components:
///
/// | bytes | |
/// |---|---|
/// | 1 | the first of the seven exponents, as float32 has it |
/// | 3 · d | sign and fraction of each: 24 bits, little-endian, the sign on top |
/// | ⌈3 · d / 8⌉ | codes of three bits, the first in the lowest bits: the exponent less the first, or 7 for another one |
/// | n | those other exponents, in order |
enum PackedFloats {
    /// The components packed, or nil when that would take as much as float32: mostly zeros, or of very different sizes.
    static func pack(_ vector: [Float]) -> [UInt8]? {
        let packed = [UInt8](unsafeUninitializedCapacity: 4 * vector.count) { bytes, byteCount in
            byteCount = bytes.baseAddress.map { kernels.pack_floats(vector, vector.count, $0) } ?? 0
        }
        return packed.isEmpty ? nil : packed
    }

    /// The components of packed bytes, or nil when the bytes are not those of so many.
    static func unpack(_ bytes: [UInt8], count: Int) -> [Float]? {
        let vector = [Float](unsafeUninitializedCapacity: count) { vector, initializedCount in
            guard let start = vector.baseAddress, !bytes.isEmpty else { return }
            let isWhole = kernels.unpack_floats(bytes, bytes.count, count, start) == bytes.count
            initializedCount = isWhole ? count : 0
        }
        return vector.count == count ? vector : nil
    }
}

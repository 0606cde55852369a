/// What the highest bits of codes tell alone: the signs of a rotated vector's components, which are a code of one bit.
///
/// An estimate is the inner product of code and query times a scale that makes it right on average, and the scale kept is the one of
/// the whole code. Rotated components are nearly normally distributed, and so the ratios of scales and errors are
/// the same for all vectors: with `c` the code of a normal number `x` at the step that fits best, and `s` its highest bit as ±2^(bits − 2), the
/// scales are as `E[xc]` to `E[xs]`, and the errors as the tangents of the angles between `x` and its codes.
struct TopBit {
    /// What the slope, for sums of the highest bit, is multiplied by: the bit's weight and the ratio of the scales.
    let slopeRatio: Double
    let offsetRatio: Double
    let errorRatio: Double

    /// For 2 and 4 bits; nil for others.
    init?(ofBits bits: Int) {
        let scaleRatio: Double
        switch bits {
        case 2: (scaleRatio, errorRatio) = (1.109, 2.06)
        case 4: (scaleRatio, errorRatio) = (0.924, 6.99)
        // Eight bits are for few dimensions, where vectors differ in these ratios, and where there is little to save.
        default: return nil
        }
        let weight = Double(1 << (bits - 1))
        slopeRatio = scaleRatio * weight
        // The offset stands for all bits, which weigh 2^bits - 1 together.
        offsetRatio = scaleRatio * weight / Double(1 << bits - 1)
    }
}

/// Random numbers that are the same on every machine for one seed.
///
/// SplitMix64. Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number of a nearly Gaussian distribution with mean 0 and variance 1.
    ///
    /// The sum of twelve uniform numbers (Irwin and Hall): whole-number sums alone, and so no logarithm that
    /// differs in its last bit from one C library to the next. Stored hash keys rely on it.
    public mutating func nextGaussian() -> Float {
        var sum: Int64 = 0
        for _ in 0..<6 {
            let bits = next()
            sum += Int64(bits >> 32) + Int64(bits & 0xffff_ffff)
        }
        return Float(Double(sum - 6 * 0xffff_ffff) / 0x1p32)
    }
}

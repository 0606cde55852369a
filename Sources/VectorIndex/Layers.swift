/// The layers of a collection: layer ℓ reads the first `bitStart + ℓ · bitScaleFactor` bits of the hash keys.
///
/// No row is written for a layer: a bucket of any depth is a range of the same sort keys.
public struct Layers: Sendable, Equatable {
    public let bitStart: Int
    public let bitScaleFactor: Double
    /// How many there are before growth adds more.
    public let count: Int

    public init(bitStart: Int, bitScaleFactor: Double, count: Int) {
        self.bitStart = bitStart
        self.bitScaleFactor = bitScaleFactor
        self.count = count
    }

    /// The depth of layer `layer`, 1 to `HashKey.bitCount`.
    public func depth(of layer: Int) -> Int {
        let depth = Double(bitStart) + Double(layer) * bitScaleFactor
        return Int(max(1, min(depth, Double(HashKey.bitCount))))
    }

    /// The depth of the shallowest layer whose buckets hold at most `maxItemsPerBucket` of `itemCount`
    /// items on average, or 0 ("whole") when everything fits into one bucket.
    ///
    /// When even the last layer is outgrown, further ones are added in the same steps until the key ends.
    public func depth(forItems itemCount: Int, maxItemsPerBucket: Int) -> Int {
        if itemCount <= maxItemsPerBucket { return 0 }
        let wanted = Double(itemCount) / Double(max(1, maxItemsPerBucket))
        var layer = 0
        while true {
            let depth = depth(of: layer)
            if Double(1 << depth) >= wanted || depth == HashKey.bitCount { return depth }
            layer += 1
            if bitScaleFactor <= 0, layer >= count { return depth }
        }
    }
}

/// The inner product of two vectors of one length.
///
/// Products are exact in float64 and are summed in eight lanes, so that the result of a long vector, or of
/// large components, is right to float32's last place and cannot overflow.
///
/// - Complexity: O(count).
public func innerProduct(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Double {
    precondition(left.count == right.count)
    return reduceInLanes(left, right) { $0 * $1 }
}

/// The sum of the squared differences of two vectors of one length.
///
/// - Complexity: O(count).
public func squaredDistance(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Double
{
    precondition(left.count == right.count)
    return reduceInLanes(left, right) { ($0 - $1) * ($0 - $1) }
}

/// The square of a vector's length.
///
/// - Complexity: O(count).
public func squaredNorm(_ vector: UnsafeBufferPointer<Float>) -> Double {
    innerProduct(vector, vector)
}

/// The vector at length one, or as it is when it is all zeros.
public func normalised(_ vector: [Float]) -> [Float] {
    let norm = vector.withUnsafeBufferPointer { squaredNorm($0).squareRoot() }
    guard norm > 0 else { return vector }
    return vector.map { Float(Double($0) / norm) }
}

@inline(__always)
private func reduceInLanes(
    _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>,
    _ term: (SIMD8<Double>, SIMD8<Double>) -> SIMD8<Double>
) -> Double {
    var sums = SIMD8<Double>()
    var index = 0
    while index + 8 <= left.count {
        sums += term(lanes(left, index), lanes(right, index))
        index += 8
    }
    if index < left.count {
        var (tailLeft, tailRight) = (SIMD8<Double>(), SIMD8<Double>())
        for lane in 0..<(left.count - index) {
            tailLeft[lane] = Double(left[index + lane])
            tailRight[lane] = Double(right[index + lane])
        }
        sums += term(tailLeft, tailRight)
    }
    return sums.sum()
}

@inline(__always)
private func lanes(_ vector: UnsafeBufferPointer<Float>, _ index: Int) -> SIMD8<Double> {
    let raw = UnsafeRawPointer(vector.baseAddress.unsafelyUnwrapped + index)
    return SIMD8<Double>(raw.loadUnaligned(as: SIMD8<Float>.self))
}

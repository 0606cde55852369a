/// The inner product of two vectors of one length.
///
/// Products are exact in float64 and are summed in eight lanes, so that the result of a long vector, or of
/// large components, is right to float32's last place and cannot overflow. It is the same on every machine.
///
/// - Complexity: O(count).
public func innerProduct(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Double {
    precondition(left.count == right.count)
    guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
    return kernels.inner_product(first, second, left.count)
}

/// The sum of the squared differences of two vectors of one length, in the same way.
///
/// - Complexity: O(count).
public func squaredDistance(_ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>) -> Double
{
    precondition(left.count == right.count)
    guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
    return kernels.squared_distance(first, second, left.count)
}

/// The inner product of two vectors of one length, and the product of their squares, with one reading.
func productAndSquares(
    _ left: UnsafeBufferPointer<Float>, _ right: UnsafeBufferPointer<Float>
) -> (product: Double, squares: Double) {
    precondition(left.count == right.count)
    guard let first = left.baseAddress, let second = right.baseAddress else { return (0, 0) }
    var squares = SIMD2<Double>()
    let product = withUnsafeMutablePointer(to: &squares) { squares in
        kernels.product_and_squares(
            first, second, left.count, UnsafeMutableRawPointer(squares).assumingMemoryBound(to: Double.self))
    }
    return (product, squares[0] * squares[1])
}

/// The square of a vector's length.
///
/// - Complexity: O(count).
public func squaredNorm(_ vector: UnsafeBufferPointer<Float>) -> Double {
    innerProduct(vector, vector)
}

/// The vector at length one, or as it is when it is all zeros.
public func normalised(_ vector: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: vector.count) { result, count in
        _ = vector.withUnsafeBufferPointer { normalise($0, into: result) }
        count = vector.count
    }
}

/// Writes `vector` at length one, or as it is when it is all zeros, to the start of `result`.
///
/// - Returns: The vector's length.
@discardableResult
func normalise(_ vector: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>) -> Double
{
    guard let source = vector.baseAddress, let target = result.baseAddress else { return 0 }
    let norm = squaredNorm(vector).squareRoot()
    if norm > 0 {
        kernels.divide(source, vector.count, norm, target)
    } else {
        target.update(from: source, count: vector.count)
    }
    return norm
}

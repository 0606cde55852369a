/// A vector as it is stored: little-endian float32, four bytes a component.
public func littleEndianBytes(of vector: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(vector.count * 4)
    for component in vector { bytes.append(component) }
    return bytes
}

/// The vector of stored bytes, or nil when they are no whole number of components.
public func vector(ofLittleEndianBytes bytes: [UInt8]) -> [Float]? {
    guard bytes.count.isMultiple(of: 4) else { return nil }
    return bytes.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 4).map { bytes.float(at: $0) }
    }
}

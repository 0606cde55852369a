/// A vector as it is stored: little-endian float32, four bytes a component.
public func littleEndianBytes(of vector: [Float]) -> [UInt8] {
    littleEndian(vector).withUnsafeBytes { [UInt8]($0) }
}

/// The vector of stored bytes, or nil when they are no whole number of components.
public func vector(ofLittleEndianBytes bytes: [UInt8]) -> [Float]? {
    guard bytes.count.isMultiple(of: 4) else { return nil }
    let vector = [Float](unsafeUninitializedCapacity: bytes.count / 4) { vector, count in
        UnsafeMutableRawBufferPointer(vector).copyBytes(from: bytes)
        count = bytes.count / 4
    }
    return littleEndian(vector)
}

/// The machine's own order and the stored one, each as the other: the same on every machine that Swift runs on.
private func littleEndian(_ vector: [Float]) -> [Float] {
    #if _endian(little)
        return vector
    #else
        return vector.map { Float(bitPattern: $0.bitPattern.byteSwapped) }
    #endif
}

extension JSONWriter {
    /// An array of numbers, each in the shortest text that reads as the same `Float`.
    ///
    /// What is not finite becomes `null`, JSON having no text for it.
    public mutating func write(floats values: [Float]) {
        writeArray { writer in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4096) { buffer in
                for start in stride(from: 0, to: values.count, by: Self.floatsAtOnce) {
                    let values = values[start..<min(start + Self.floatsAtOnce, values.count)]
                    let count = fill(buffer, with: values)
                    // Behind the first comma, where there is none before the first number.
                    writer.bytes.append(contentsOf: buffer[(start == 0 ? 1 : 0)..<count])
                }
            }
        }
    }

    /// Numbers that have room in 4 KB with their commas.
    private static let floatsAtOnce = 4096 / (ShortDecimal.room + 1) - 1
}

/// Writes numbers with a comma before each, and gives the count of bytes.
private func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>, with values: ArraySlice<Float>) -> Int {
    guard let start = buffer.baseAddress else { return 0 }
    return wholePowersOfTen.withUnsafeBufferPointer { powers in
        var at = start
        for value in values {
            at.pointee = UInt8(ascii: ",")
            if let decimal = ShortDecimal(value, powers) {
                at = decimal.write(to: at + 1, powers)
            } else {
                at = write(value, to: at + 1)
            }
        }
        return at - start
    }
}

/// Writes what is no `ShortDecimal`, in at most 16 bytes, and gives the end.
private func write(_ value: Float, to text: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
    var description = value.isFinite ? value.description : "null"
    return description.withUTF8 { bytes in
        UnsafeMutableRawBufferPointer(start: text, count: bytes.count).copyBytes(from: bytes)
        return text + bytes.count
    }
}

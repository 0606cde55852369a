extension JSONReader {
    /// Reads an array of numbers, each as the nearest `Float`, onto the end of `values`.
    public mutating func readFloats(into values: inout [Float]) throws(JSONError) {
        let kind = try peekKind()
        if kind != .array { throw mismatch(expected: "an array of numbers", received: kind.description) }
        let first = values.count
        try readRuns { reader throws(JSONError) in
            reader.skipSpace()
            if reader.readPlainFloats(into: &values) { return }
            do throws(JSONError) { values.append(try reader.readFloat()) } catch {
                throw error.under(.index(values.count - first))
            }
        }
    }

    /// Reads numbers and the commas between them, for as long as they are plain.
    ///
    /// - Returns: Whether there was any; then the position is behind the last.
    private mutating func readPlainFloats(into values: inout [Float]) -> Bool {
        guard let text = bytes.baseAddress else { return false }
        let (start, limit) = (text + position, text + bytes.count)
        let (count, end) = withUnsafeTemporaryAllocation(of: Float.self, capacity: 256) { buffer in
            let (count, end) = fill(buffer, from: start, to: limit)
            values.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<count]))
            return (count, end)
        }
        position = end - text
        return count > 0
    }
}

/// Reads plain numbers until there is another, or no room.
///
/// - Parameter start: Behind a bracket or comma, and spaces or none.
/// - Returns: How many they are, and the first byte behind the last.
private func fill(
    _ buffer: UnsafeMutableBufferPointer<Float>, from start: UnsafePointer<UInt8>,
    to limit: UnsafePointer<UInt8>
) -> (count: Int, end: UnsafePointer<UInt8>) {
    var (count, at, end) = (0, start, start)
    // A comma, or one with a space behind it. What stood before the first is expected before all, for the processor can
    // go on reading while it makes sure of an expectation.
    let gap = start[-1] == UInt8(ascii: " ") ? 2 : 1
    while count < buffer.count, limit - at >= PlainFloat.room, let number = PlainFloat(at: at) {
        buffer[count] = number.value
        count += 1
        end = number.end
        guard end[0] == UInt8(ascii: ","), gap == 1 || end[1] == UInt8(ascii: " ") else { break }
        at = end + gap
    }
    return (count, end)
}

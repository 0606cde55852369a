import Foundation

/// Rows of float32 as the processor has them, one after the other in a file with nothing else.
struct RawVectors {
    private let file: FileHandle
    private let dimension: Int

    init(path: String, dimension: Int) throws {
        file = try FileHandle(forReadingFrom: URL(filePath: path))
        self.dimension = dimension
    }

    /// Each of shape `[dimension]`.
    func rows(_ range: Range<Int>) throws -> [[Float]] {
        let width = dimension * 4
        try file.seek(toOffset: UInt64(range.lowerBound * width))
        guard let data = try file.read(upToCount: range.count * width), data.count == range.count * width
        else { throw Failure("the file of vectors is cut off") }
        return data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: width).map { start in
                [Float](unsafeUninitializedCapacity: dimension) { row, count in
                    UnsafeMutableRawBufferPointer(row).copyMemory(
                        from: .init(rebasing: bytes[start..<start + width]))
                    count = dimension
                }
            }
        }
    }
}

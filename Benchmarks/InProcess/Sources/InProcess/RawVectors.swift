import Foundation

/// Rows of little-endian float32, one after the other in a file with nothing else.
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
            (0..<range.count).map { row in
                (0..<dimension).map { column in
                    let offset = row * width + column * 4
                    return Float(
                        bitPattern: UInt32(
                            littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                }
            }
        }
    }
}

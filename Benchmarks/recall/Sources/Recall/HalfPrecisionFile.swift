import Foundation

/// The rows of a .npy file of float16, widened.
///
/// - Throws: when the file cannot be read.
func halfPrecisionRows(of path: String, columns: Int) throws -> [[Float]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    // Six bytes of magic, two of the version, and two of the header's length.
    let start = 10 + Int(data[8]) + Int(data[9]) << 8
    return data[start...].withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count / 2, by: columns).map { row in
            (row..<row + columns).map { component in
                Float(
                    Float16(
                        bitPattern: UInt16(
                            littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * component, as: UInt16.self))
                    ))
            }
        }
    }
}

import Foundation

/// The vectors of a NumPy `.npy` file: two dimensions, float16 or float32, little-endian, rows first.
///
/// Source: NumPy manual, "numpy.lib.format", versions 1.0 to 3.0.
struct NumPyFile {
    let rowCount: Int
    let dimension: Int
    private let values: Data
    private let isHalf: Bool

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("cannot read \(path)")
        }
        func failure(_ what: String) -> CommandFailure { CommandFailure("\(path): \(what)") }
        guard data.count > 12, data.starts(with: [0x93] + Array("NUMPY".utf8)) else {
            throw failure("this is no .npy file")
        }
        // The header's length has two bytes in version 1, four in the later ones.
        let lengthBytes = data[6] == 1 ? 2 : 4
        let length = (0..<lengthBytes).reduce(0) { $0 | Int(data[8 + $1]) << (8 * $1) }
        let start = 8 + lengthBytes + length
        guard start <= data.count else { throw failure("the header is cut off") }
        let header = String(decoding: data[(8 + lengthBytes)..<start], as: UTF8.self)
        guard let shape = Self.shape(header), !header.contains("'fortran_order': True") else {
            throw failure("expected two dimensions, rows first")
        }
        isHalf = header.contains("<f2")
        guard isHalf || header.contains("<f4") else { throw failure("expected float16 or float32") }
        (rowCount, dimension) = shape
        values = data[start...]
        guard values.count == rowCount * dimension * (isHalf ? 2 : 4) else {
            throw failure("the data is cut off")
        }
    }

    /// - Parameter index: Below `rowCount`.
    /// - Returns: Shape `[dimension]`.
    func row(_ index: Int) -> [Float] {
        values.withUnsafeBytes { bytes in
            (index * dimension..<(index + 1) * dimension).map { position in
                isHalf
                    ? float(
                        halfBits: UInt16(
                            littleEndian: bytes.loadUnaligned(fromByteOffset: position * 2, as: UInt16.self)))
                    : Float(
                        bitPattern: UInt32(
                            littleEndian: bytes.loadUnaligned(fromByteOffset: position * 4, as: UInt32.self)))
            }
        }
    }

    /// `(rows, columns)` of a header such as `{'descr': '<f2', 'fortran_order': False, 'shape': (2000, 384), }`.
    private static func shape(_ header: String) -> (Int, Int)? {
        guard let open = header.firstIndex(of: "("), let close = header[open...].firstIndex(of: ")") else {
            return nil
        }
        let numbers = header[header.index(after: open)..<close].split(separator: ",").map {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
        guard numbers.count == 2, let rows = numbers[0], let columns = numbers[1], columns > 0 else {
            return nil
        }
        return (rows, columns)
    }
}

/// An IEEE half-precision number widened. By hand: `Float16` is not there on every platform that Swift has.
private func float(halfBits: UInt16) -> Float {
    let sign: Float = halfBits >> 15 == 1 ? -1 : 1
    let (exponent, fraction) = (Int(halfBits >> 10 & 0x1F), Float(halfBits & 0x3FF) / 1024)
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
}

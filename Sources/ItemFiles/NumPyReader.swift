import Whiplash

/// Vectors of a `.npy` file (float16, float32 or float64), with the ids, and what else an item has, of another file.
public final class NumPyReader: ItemReader {
    /// Where the ids of the rows are.
    public enum IDs: Sendable {
        /// An id on each line.
        case lines(String)
        /// JSON Lines of items without their vectors: `{"id", "metadata"?, "text"?}`.
        case items(String)
        /// The rows' numbers from 0.
        case numbers
    }

    private let file: InputFile
    private let header: NumPyHeader
    private let ids: any IDReader
    private var row: Int

    public init(_ path: String, ids: IDs, from position: FilePosition = .start) throws {
        let start = try InputFile(path)
        let header = try NumPyHeader(start)
        if let size = start.sizeBytes, size - start.offset != header.rowCount * header.rowBytes {
            throw ItemFileError(
                path, "",
                "\(header.rowCount) rows of \(header.rowBytes) bytes announced, \(size - start.offset) bytes are there"
            )
        }
        self.header = header
        row = position.line
        file = position == .start ? start : try InputFile(path, at: position.offset)
        self.ids =
            switch ids {
            case .lines(let path): try LineIDs(path, at: position)
            case .items(let path): try ItemIDs(path, at: position)
            case .numbers: NumberIDs(position)
            }
    }

    public var position: FilePosition {
        FilePosition(offset: file.offset, line: row, idsOffset: ids.offset)
    }

    public var fraction: Double? { file.fraction }

    /// Rows, and numbers in each.
    public var shape: (rowCount: Int, dimension: Int) { (header.rowCount, header.dimension) }

    public func next() throws -> Item? {
        guard row < header.rowCount else {
            if !(ids is NumberIDs), try ids.next() != nil {
                throw ItemFileError(
                    ids.name, "line \(row + 1)", "more ids than the \(row) rows of \(file.name)")
            }
            return nil
        }
        guard var item = try ids.next() else {
            throw ItemFileError(ids.name, "", "\(row) ids for the \(header.rowCount) rows of \(file.name)")
        }
        item.vector = try vector()
        row += 1
        return item
    }

    private func vector() throws -> [Float] {
        let bytes = try file.bytes(header.rowBytes)
        guard bytes.count == header.rowBytes else {
            throw ItemFileError(file.name, "row \(row)", "the data is cut off")
        }
        return bytes.withUnsafeBytes { raw in
            (0..<header.dimension).map { header.component.value(at: $0, of: raw) }
        }
    }
}

extension NumPyHeader.Component {
    /// A number, as the nearest float32.
    fileprivate func value(at index: Int, of raw: UnsafeRawBufferPointer) -> Float {
        func bits<Bits: FixedWidthInteger>(_ type: Bits.Type) -> Bits {
            Bits(littleEndian: raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: type))
        }
        return switch self {
        case .float16: float(halfBits: bits(UInt16.self))
        case .float32: Float(bitPattern: bits(UInt32.self))
        case .float64: Float(Double(bitPattern: bits(UInt64.self)))
        }
    }
}

/// An IEEE half-precision number widened. By hand: `Float16` is not there on every platform that Swift has.
func float(halfBits: UInt16) -> Float {
    let sign: Float = halfBits >> 15 == 1 ? -1 : 1
    let (exponent, fraction) = (Int(halfBits >> 10 & 0x1F), Float(halfBits & 0x3FF) / 1024)
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
}

/// Items without vectors, in the order of a file's rows.
private protocol IDReader: AnyObject {
    var name: String { get }
    var offset: Int { get }
    func next() throws -> Item?
}

private final class LineIDs: IDReader {
    private let file: InputFile
    private var line: Int

    init(_ path: String, at position: FilePosition) throws {
        file = try InputFile(path, at: position.idsOffset)
        line = position.line
    }

    var name: String { file.name }
    var offset: Int { file.offset }

    func next() throws -> Item? {
        guard var bytes = try file.line(limit: 1 << 20) else { return nil }
        line += 1
        if line == 1 { bytes.dropByteOrderMark() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let id = String(validating: bytes, as: UTF8.self) else {
            throw ItemFileError(name, "line \(line)", "text that is not UTF-8")
        }
        return Item(id: id, vector: [])
    }
}

private final class ItemIDs: IDReader {
    private let reader: JSONLinesReader
    let name: String

    init(_ path: String, at position: FilePosition) throws {
        name = path
        reader = try JSONLinesReader(
            path, from: FilePosition(offset: position.idsOffset, line: position.line), needsVector: false)
    }

    var offset: Int { reader.position.offset }

    func next() throws -> Item? {
        guard let item = try reader.next() else { return nil }
        guard item.vector.isEmpty else {
            throw ItemFileError(name, "", "items with vectors; the vectors are in the .npy file")
        }
        return item
    }
}

private final class NumberIDs: IDReader {
    private var number: Int
    let offset = 0
    let name = "ids"

    init(_ position: FilePosition) { number = position.line }

    /// There is always another; the rows end.
    func next() throws -> Item? {
        defer { number += 1 }
        return Item(id: "\(number)", vector: [])
    }
}

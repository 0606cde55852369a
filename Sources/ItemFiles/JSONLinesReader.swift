import JSON
import Whiplash

/// Items as JSON Lines: `{"id", "vector", "group"?, "metadata"?, "text"?, "timestamp"?, "expires_at"?}` on each line, the vector as an array or as base64 of
/// little-endian float32. A `version`, as answers have it, is read and tells nothing. Blank lines, a byte order mark and CRLF are passed over.
public final class JSONLinesReader: ItemReader {
    private let file: InputFile
    private let needsVector: Bool
    private var lineNumber: Int
    private var dimension = 0
    private static let lineBytes = 64 << 20

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - position: Where to begin, as a reader of the same file told.
    ///   - needsVector: Else lines may do without a vector.
    public init(_ path: String, from position: FilePosition = .start, needsVector: Bool = true) throws {
        file = try InputFile(path, at: position.offset)
        lineNumber = position.line
        self.needsVector = needsVector
    }

    public var position: FilePosition { FilePosition(offset: file.offset, line: lineNumber) }

    public var fraction: Double? { file.fraction }

    public func next() throws -> Item? {
        while var line = try file.line(limit: Self.lineBytes) {
            lineNumber += 1
            if lineNumber == 1 { line.dropByteOrderMark() }
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || 9...13 ~= $0 }) { continue }
            return try read(line)
        }
        return nil
    }

    private func read(_ line: [UInt8]) throws -> Item {
        do {
            let item = try JSONReader.read(line) { reader throws(JSONError) in
                try Item(json: &reader, expecting: dimension, needsVector: needsVector)
            }
            dimension = item.vector.count
            return item
        } catch {
            throw ItemFileError(file.name, "line \(lineNumber)", "\(error)")
        }
    }
}

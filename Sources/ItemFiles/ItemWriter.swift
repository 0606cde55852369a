import Foundation
import JSON
import Whiplash

/// A file that items are written to, one after the other.
public protocol ItemWriter: AnyObject {
    func write(_ item: Item) throws

    /// Writes out what is held back, and gives the length of each file: what a writer that goes on later is given.
    func flush() throws -> [Int]

    /// Ends the file; nothing may follow.
    func finish() throws
}

/// A file, or standard output, written through a buffer.
final class OutputFile {
    let path: String
    private let handle: FileHandle
    private var buffer = Data()
    private(set) var length: Int
    private static let bufferBytes = 1 << 20

    /// - Parameters:
    ///   - path: `-` is standard output.
    ///   - length: How much of what is there is kept; nil makes the file anew.
    init(_ path: String, keeping length: Int?) throws {
        self.path = path
        self.length = length ?? 0
        if path == "-" {
            handle = .standardOutput
            return
        }
        if length == nil, !FileManager.default.createFile(atPath: path, contents: nil) {
            throw ItemFileError(path, "", "it cannot be written")
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw ItemFileError(path, "", "it cannot be written")
        }
        self.handle = handle
        guard try handle.seekToEnd() >= self.length else {
            throw ItemFileError(
                path, "", "it is shorter than it was when the export broke off; start it anew")
        }
        try handle.truncate(atOffset: UInt64(self.length))
        try handle.seek(toOffset: UInt64(self.length))
    }

    func write(_ bytes: some Sequence<UInt8>) throws {
        let before = buffer.count
        buffer.append(contentsOf: bytes)
        length += buffer.count - before
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    func flush() throws {
        if buffer.isEmpty { return }
        try handle.write(contentsOf: buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes over the file's start.
    func rewriteStart(_ bytes: [UInt8]) throws {
        try flush()
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Data(bytes))
        try handle.seekToEnd()
    }

    func close() throws {
        try flush()
        if path != "-" { try handle.close() }
    }
}

/// Writes what `JSONLinesReader` reads.
public final class JSONLinesWriter: ItemWriter {
    private let file: OutputFile
    private let notation: VectorNotation?

    /// - Parameters:
    ///   - packsVectors: Vectors in base64, a quarter of the bytes, in place of arrays.
    ///   - lengths: What `flush` gave, to go on there.
    public init(_ path: String, packsVectors: Bool = false, keeping lengths: [Int]? = nil) throws {
        file = try OutputFile(path, keeping: lengths?[0])
        notation = packsVectors ? .base64 : .array
    }

    /// For items whose vectors are elsewhere.
    fileprivate init(withoutVectors path: String, keeping length: Int?) throws {
        file = try OutputFile(path, keeping: length)
        notation = nil
    }

    public func write(_ item: Item) throws {
        try file.write(item.json(vector: notation) + [UInt8(ascii: "\n")])
    }

    public func flush() throws -> [Int] {
        try file.flush()
        return [file.length]
    }

    public func finish() throws { try file.close() }
}

/// Writes what `CSVReader` reads: the columns `id`, `vector`, `metadata`, `text`, `timestamp`, `expires_at`, and `group` where there are groups.
public final class CSVWriter: ItemWriter {
    private let file: OutputFile
    private let notation: VectorNotation
    private let delimiter: UInt8
    private let isGrouped: Bool
    private static let columns = ["id", "vector", "metadata", "text", "timestamp", "expires_at"]

    public init(
        _ path: String, isGrouped: Bool = false, delimiter: UInt8 = UInt8(ascii: ","),
        packsVectors: Bool = false,
        keeping lengths: [Int]? = nil
    ) throws {
        file = try OutputFile(path, keeping: lengths?[0])
        notation = packsVectors ? .base64 : .array
        self.delimiter = delimiter
        self.isGrouped = isGrouped
        if lengths == nil { try write(Self.columns + (isGrouped ? ["group"] : [])) }
    }

    public func write(_ item: Item) throws {
        var writer = JSONWriter()
        writer.write(item.vector, as: notation)
        let vector = String(decoding: writer.bytes, as: UTF8.self).filter { $0 != "\"" }
        let times = [item.timestamp, item.expiresAt].map { $0.map { "\($0)" } }
        try write(
            [item.id, vector, item.metadata?.text, item.text] + times + (isGrouped ? [item.group] : []))
    }

    private func write(_ fields: [String?]) throws {
        let line = fields.map { Array(quoted($0).utf8) }.joined(separator: [delimiter])
        try file.write(line)
        try file.write("\r\n".utf8)
    }

    /// Nothing for no text, and quotes for an empty one.
    private func quoted(_ text: String?) -> String {
        guard let text else { return "" }
        let needsQuotes =
            text.isEmpty
            || text.utf8.contains { $0 == delimiter || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }

    public func flush() throws -> [Int] {
        try file.flush()
        return [file.length]
    }

    public func finish() throws { try file.close() }
}

/// Writes what `NumPyReader` reads: float32 vectors, and a file of ids beside.
public final class NumPyWriter: ItemWriter {
    private let vectors: OutputFile
    private let ids: any ItemWriter
    private let dimension: Int

    /// - Parameter ids: Where the ids go. Only `items` keeps groups, metadata and texts; `numbers` is not possible.
    public init(_ path: String, ids: NumPyReader.IDs, dimension: Int, keeping lengths: [Int]? = nil) throws {
        if path == "-" { throw ItemFileError(path, "", "a .npy file cannot go to standard output") }
        vectors = try OutputFile(path, keeping: lengths?[0])
        self.dimension = dimension
        switch ids {
        case .lines(let path): self.ids = try IDLinesWriter(path, keeping: lengths?[1])
        case .items(let path): self.ids = try JSONLinesWriter(withoutVectors: path, keeping: lengths?[1])
        case .numbers: throw ItemFileError(path, "", "the ids need a file")
        }
        if lengths == nil { try vectors.write(header(rows: 0).bytes) }
    }

    private func header(rows: Int) -> NumPyHeader {
        NumPyHeader(component: .float32, rowCount: rows, dimension: dimension)
    }

    public func write(_ item: Item) throws {
        try item.vector.map { $0.bitPattern.littleEndian }.withUnsafeBytes { try vectors.write($0) }
        try ids.write(item)
    }

    public func flush() throws -> [Int] {
        try vectors.flush()
        return [vectors.length] + (try ids.flush())
    }

    public func finish() throws {
        let rows = (vectors.length - NumPyHeader.writtenBytes) / (dimension * 4)
        try vectors.rewriteStart(header(rows: rows).bytes)
        try vectors.close()
        try ids.finish()
    }
}

/// An id on each line; ids have no line breaks.
private final class IDLinesWriter: ItemWriter {
    private let file: OutputFile

    init(_ path: String, keeping length: Int?) throws { file = try OutputFile(path, keeping: length) }

    func write(_ item: Item) throws { try file.write((item.id + "\n").utf8) }

    func flush() throws -> [Int] {
        try file.flush()
        return [file.length]
    }

    func finish() throws { try file.close() }
}

import Foundation

/// A file, or standard input, read through a buffer.
final class InputFile {
    let name: String
    private let path: String
    private let handle: FileHandle
    /// Nil for what is no plain file.
    let sizeBytes: Int?
    private var buffer: [UInt8] = []
    private var used = 0
    private var isOver = false
    /// Bytes taken so far, and those skipped at the start.
    private(set) var offset: Int
    private static let bufferBytes = 1 << 20

    /// - Parameter path: `-` is standard input.
    init(_ path: String, at offset: Int = 0) throws {
        self.path = path
        name = path == "-" ? "standard input" : path
        self.offset = offset
        if path == "-" {
            (handle, sizeBytes) = (.standardInput, nil)
            return
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ItemFileError(path, "", "there is no such file")
        }
        guard !isFolder.boolValue, let handle = FileHandle(forReadingAtPath: path) else {
            throw ItemFileError(path, "", isFolder.boolValue ? "this is a folder" : "it cannot be read")
        }
        self.handle = handle
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let isPlain = attributes?[.type] as? FileAttributeType == .typeRegular
        sizeBytes = isPlain ? (attributes?[.size] as? NSNumber)?.intValue : nil
        if offset > 0 { try handle.seek(toOffset: UInt64(offset)) }
    }

    var fraction: Double? {
        sizeBytes.map { $0 == 0 ? 1 : min(1, Double(offset) / Double($0)) }
    }

    /// The next byte without taking it; nil at the end.
    func peek() throws -> UInt8? {
        if used == buffer.count, try !fill() { return nil }
        return buffer[used]
    }

    /// Takes the next byte.
    func take() throws -> UInt8? {
        guard let byte = try peek() else { return nil }
        used += 1
        offset += 1
        return byte
    }

    /// Takes bytes up to and with the next line feed; nil at the end. What is returned is without it.
    func line(limit: Int) throws -> [UInt8]? {
        guard try peek() != nil else { return nil }
        var line: [UInt8] = []
        while try peek() != nil {
            let end = buffer[used...].firstIndex(of: UInt8(ascii: "\n"))
            line.append(contentsOf: buffer[used..<(end ?? buffer.count)])
            offset += (end.map { $0 + 1 } ?? buffer.count) - used
            used = end.map { $0 + 1 } ?? buffer.count
            if end != nil { break }
            if line.count > limit { throw ItemFileError(name, "", "a line of more than \(limit >> 20) MB") }
        }
        return line
    }

    /// Takes exactly `count` bytes; fewer at the end.
    func bytes(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count, try peek() != nil {
            let part = min(count - bytes.count, buffer.count - used)
            bytes.append(contentsOf: buffer[used..<used + part])
            used += part
            offset += part
        }
        return bytes
    }

    private func fill() throws -> Bool {
        if isOver { return false }
        let data = try handle.read(upToCount: Self.bufferBytes) ?? Data()
        (buffer, used) = (Array(data), 0)
        if offset == 0, let compression = Compression(buffer) {
            throw ItemFileError(name, "", compression.advice(path))
        }
        isOver = buffer.isEmpty
        return !isOver
    }
}

extension [UInt8] {
    /// Takes a byte order mark from the start.
    mutating func dropByteOrderMark() {
        if starts(with: [0xEF, 0xBB, 0xBF]) { removeFirst(3) }
    }
}

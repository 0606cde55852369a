import Storage

/// The stored form of a row's attributes, the value column of every table.
///
/// | bytes | |
/// |---|---|
/// | 1 | version, 1 |
/// | varint | number of attributes |
/// | for each, by name: 1 | kind: 1 text, 2 bytes, 3 integer |
/// | varint, n | name, UTF-8 |
/// | varint, n | text (UTF-8) or bytes; an integer is one zigzag varint |
///
/// A varint is LEB128: seven bits a byte, the least first. Equal attributes give equal bytes.
enum AttributeCodec {
    /// What this version writes, and the only one there is so far.
    static let version: UInt8 = 1

    enum Kind: UInt8 {
        case text = 1
        case bytes = 2
        case integer = 3
    }

    static func encode(_ attributes: Attributes) -> [UInt8] {
        var writer = AttributeWriter(capacity: attributes.encodedBytes)
        writer.bytes.append(version)
        writer.write(UInt64(attributes.count))
        for (name, value) in attributes { writer.write(name.utf8, value) }
        return writer.bytes
    }

    /// - Throws: `unreadable` for a newer version and for damaged bytes; nothing is guessed.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> Attributes {
        var attributes = Attributes(minimumCapacity: 4)
        try forEach(in: bytes) { (name, value) throws(StoreError) in
            let value: StoredValue =
                switch value {
                case .text(let text): .text(try AttributeReader.text(text))
                case .bytes(let content): .bytes([UInt8](content))
                case .integer(let number): .integer(number)
                }
            return attributes.append(try AttributeReader.text(name), value)
        }
        return attributes
    }

    /// Adds a row to a page.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, into page: inout AttributePageBuilder
    ) throws(StoreError) {
        try forEach(in: bytes) { (name, value) throws(StoreError) in
            switch value {
            case .text(let text): page.add(name, text: text)
            case .bytes(let content): page.add(name, bytes: content)
            case .integer(let number): page.add(name, integer: number)
            }
        }
        page.endRow()
    }

    /// - Parameter take: False of an attribute that cannot be.
    private static func forEach(
        in bytes: UnsafeRawBufferPointer,
        _ take: (UnsafeRawBufferPointer, EncodedValue) throws(StoreError) -> Bool
    ) throws(StoreError) {
        var reader = AttributeReader(bytes)
        let version = try reader.readByte()
        guard version == Self.version else {
            throw .unreadable(reason: "a row of format \(version); this version reads \(Self.version)")
        }
        for _ in 0..<(try reader.readCount()) {
            let (name, value) = try reader.readAttribute()
            guard try take(name, value) else { throw AttributeReader.damage }
        }
        guard reader.isAtEnd else { throw AttributeReader.damage }
    }
}

/// A value where it lies.
private enum EncodedValue {
    case text(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)
    case integer(Int64)
}

extension Attributes {
    /// What they take at most: numbers have up to ten bytes.
    fileprivate var encodedBytes: Int {
        reduce(11) { sum, attribute in
            let content =
                switch attribute.value {
                case .text(let text): text.utf8.count
                case .bytes(let bytes): bytes.count
                case .integer: 0
                }
            return sum + 21 + attribute.name.utf8.count + content
        }
    }
}

private struct AttributeWriter {
    var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func write(_ name: String.UTF8View, _ value: StoredValue) {
        switch value {
        case .text(let text):
            write(.text, name)
            write(text.utf8.count, text.utf8)
        case .bytes(let content):
            write(.bytes, name)
            write(content.count, content)
        case .integer(let number):
            write(.integer, name)
            write(UInt64(bitPattern: number &<< 1 ^ number >> 63))
        }
    }

    private mutating func write(_ kind: AttributeCodec.Kind, _ name: String.UTF8View) {
        bytes.append(kind.rawValue)
        write(name.count, name)
    }

    private mutating func write(_ count: Int, _ content: some Sequence<UInt8>) {
        write(UInt64(count))
        bytes.append(contentsOf: content)
    }

    mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads without copying what it passes; every length is held against what is left.
private struct AttributeReader {
    static let damage = StoreError.unreadable(reason: "the bytes of a row are damaged")

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func readByte() throws(StoreError) -> UInt8 {
        guard position < bytes.count else { throw Self.damage }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func readAttribute() throws(StoreError) -> (UnsafeRawBufferPointer, EncodedValue) {
        let kind = AttributeCodec.Kind(rawValue: try readByte())
        let name = try readContent()
        switch kind {
        case .text: return (name, .text(try readContent()))
        case .bytes: return (name, .bytes(try readContent()))
        case .integer:
            let number = try readNumber()
            return (name, .integer(Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)))
        case nil: throw Self.damage
        }
    }

    /// A number of things to come, each of at least one byte.
    mutating func readCount() throws(StoreError) -> Int {
        let number = try readNumber()
        guard number <= UInt64(bytes.count - position) else { throw Self.damage }
        return Int(number)
    }

    private mutating func readNumber() throws(StoreError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try readByte()
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw Self.damage
    }

    private mutating func readContent() throws(StoreError) -> UnsafeRawBufferPointer {
        let count = try readCount()
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    static func text(_ content: UnsafeRawBufferPointer) throws(StoreError) -> String {
        // Names, and most texts: validating costs more than all the rest of a short one.
        if content.allSatisfy({ $0 < 0x80 }) { return String(decoding: content, as: UTF8.self) }
        guard let text = String(validating: content.bindMemory(to: UInt8.self), as: UTF8.self) else {
            throw Self.damage
        }
        return text
    }
}

/// Writes one JSON text, value by value, with the commas where they belong.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.writeObject { writer in
///     writer.member("id", "a")
///     writer.key("vector")
///     writer.write(floats: [0.5, -1])
/// }
/// writer.bytes // {"id":"a","vector":[0.5,-1.0]}
/// ```
public struct JSONWriter: Sendable {
    /// The text so far.
    public internal(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// The text of one value.
    public static func bytes(_ value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value)
        return writer.bytes
    }

    // MARK: Objects and arrays

    /// Writes an object; `body` writes its members.
    public mutating func writeObject<Failure>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open("{")
        try body(&self)
        close("}")
    }

    /// Writes an array; `body` writes its elements.
    public mutating func writeArray<Failure>(
        _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        open("[")
        try body(&self)
        close("]")
    }

    /// Begins a member of an object; its value has to follow.
    public mutating func key(_ name: String) {
        appendComma()
        appendQuoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func member(_ name: String, _ value: some JSONWritable) {
        key(name)
        write(value)
    }

    /// A member whose value is null where there is none.
    public mutating func member(_ name: String, orNull value: (some JSONWritable)?) {
        key(name)
        if let value { write(value) } else { writeNull() }
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        appendComma()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    // MARK: Values

    public mutating func write(_ value: some JSONWritable) { value.write(to: &self) }

    public mutating func writeNull() { append("null") }

    /// A string of base64.
    public mutating func write(base64 value: [UInt8]) {
        value.withUnsafeBytes { write(base64: $0) }
    }

    /// A string of base64.
    public mutating func write(base64 value: UnsafeRawBufferPointer) {
        appendComma()
        bytes.append(UInt8(ascii: "\""))
        Base64.encode(value, onto: &bytes)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    // MARK: Text

    /// A value's text as it stands.
    mutating func append(_ text: String) {
        appendComma()
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    mutating func append(string: String) {
        appendComma()
        appendQuoted(string)
        needsComma = true
    }

    private mutating func appendComma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { appendEscaped($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var plain = 0
        for (index, byte) in text.enumerated()
        where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            bytes.append(contentsOf: text[plain..<index])
            appendEscape(of: byte)
            plain = index + 1
        }
        bytes.append(contentsOf: text[plain...])
    }

    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        case 0..<0x20:
            let digits = "0123456789abcdef".utf8.map { $0 }
            bytes.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
            bytes.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
        default: bytes.append(byte)
        }
    }
}

/// What has a text in JSON.
public protocol JSONWritable {
    /// Writes one value.
    func write(to writer: inout JSONWriter)
}

extension String: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.append(string: self) }
}

extension Int: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.append(description) }
}

extension Int64: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.append(description) }
}

extension Bool: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.append(description) }
}

/// Swift's descriptions are the shortest texts that read as the same number, and JSON if they are finite.
extension Float: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        if isFinite { writer.append(description) } else { writer.writeNull() }
    }
}

extension Double: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        if isFinite { writer.append(description) } else { writer.writeNull() }
    }
}

extension RawJSON: JSONWritable {
    public func write(to writer: inout JSONWriter) { writer.append(text) }
}

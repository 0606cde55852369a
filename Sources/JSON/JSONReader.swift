/// Reads one JSON text, value by value, in the order in which they stand.
///
/// Strict by RFC 8259: UTF-8 throughout, no byte order mark, nothing after the value, no trailing commas, no `NaN`, no
/// unpaired surrogate, no control character inside a string. What is read is copied out; nothing is built
/// that was not asked for. After an error the reader is of no more use.
///
/// ```swift
/// let names = try JSONReader.read(bytes) { reader throws(JSONError) in
///     var names: [String] = []
///     try reader.readArray { _, reader throws(JSONError) in names.append(try reader.readString()) }
///     return names
/// }
/// ```
public struct JSONReader: ~Copyable {
    /// How deep arrays and objects may nest.
    public static let depthLimit = 64

    let bytes: UnsafeBufferPointer<UInt8>
    /// The next byte to read.
    public internal(set) var position = 0
    private var depth = 0

    /// Reads a whole text: `body` reads its one value, and nothing but white space may follow.
    public static func read<Value>(
        _ text: [UInt8], _ body: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        try text.withUnsafeBufferPointer { bytes throws(JSONError) in try read(bytes, body) }
    }

    /// Reads a whole text from memory that stays as it is while `body` runs.
    public static func read<Value>(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        if let fault = firstFault(inUTF8: text) {
            throw JSONError(.syntax(reason: "invalid UTF-8"), at: fault)
        }
        var reader = JSONReader(bytes: text)
        let value = try body(&reader)
        reader.skipSpace()
        if reader.position < text.count { throw reader.syntax("something follows the value") }
        return value
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// What kind of value comes next; reads nothing but white space.
    public mutating func peekKind() throws(JSONError) -> JSONKind {
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-") where !isInfinity, UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "N"), UInt8(ascii: "I"), UInt8(ascii: "-"):
            throw syntax("NaN and Infinity are not JSON; numbers have to be finite")
        default: throw syntax("expected a value")
        }
    }

    private var isInfinity: Bool { byte(at: position + 1) == UInt8(ascii: "I") }

    // MARK: Objects and arrays

    /// Reads an object, calling `member` with each key in order; `member` reads the value. A key that comes twice is handed out twice.
    public mutating func readObject(
        _ member: (_ key: String, _ reader: inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(.object)
        if !close(with: "}") {
            repeat {
                let key = try readKey()
                let start = position
                do { try member(key, &self) } catch { throw error.under(.key(key)) }
                precondition(position > start, "a member's value was not read")
            } while try readComma(orClose: "}")
        }
        depth -= 1
    }

    /// Reads an array, calling `element` with each index; `element` reads the value.
    public mutating func readArray(
        _ element: (_ index: Int, _ reader: inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        var index = 0
        try readRuns { reader throws(JSONError) in
            do throws(JSONError) { try element(index, &reader) } catch { throw error.under(.index(index)) }
            index += 1
        }
    }

    /// Reads an array, calling `run` where an element begins; `run` reads it, or several with the commas between them.
    mutating func readRuns(
        _ run: (_ reader: inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open(.array)
        if !close(with: "]") {
            repeat {
                let start = position
                try run(&self)
                precondition(position > start, "an element was not read")
            } while try readComma(orClose: "]")
        }
        depth -= 1
    }

    private mutating func open(_ kind: JSONKind) throws(JSONError) {
        try expect(kind)
        depth += 1
        if depth > Self.depthLimit { throw syntax("nested deeper than \(Self.depthLimit)") }
        position += 1
    }

    private mutating func close(with bracket: Unicode.Scalar) -> Bool {
        skipSpace()
        guard byte == UInt8(ascii: bracket) else { return false }
        position += 1
        return true
    }

    private mutating func readKey() throws(JSONError) -> String {
        skipSpace()
        guard byte == UInt8(ascii: "\"") else { throw syntax("expected a key in quotes") }
        let key = try readString()
        skipSpace()
        guard byte == UInt8(ascii: ":") else { throw syntax("expected \":\" after a key") }
        position += 1
        return key
    }

    /// Whether another element follows.
    mutating func readComma(orClose bracket: Unicode.Scalar) throws(JSONError) -> Bool {
        if close(with: bracket) { return false }
        guard byte == UInt8(ascii: ",") else { throw syntax("expected \",\" or \"\(bracket)\"") }
        position += 1
        return true
    }

    // MARK: Words

    public mutating func readBool() throws(JSONError) -> Bool {
        try expect(.boolean)
        let value = byte == UInt8(ascii: "t")
        try readWord(value ? "true" : "false")
        return value
    }

    public mutating func readNull() throws(JSONError) {
        try expect(.null)
        try readWord("null")
    }

    /// Reads a null as nil, and hands every other value to `read`.
    public mutating func readUnlessNull<Value>(
        _ read: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value? {
        if try peekKind() != .null { return try read(&self) }
        try readNull()
        return nil
    }

    private mutating func readWord(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount where byte(at: position + index) != word.utf8Start[index] {
            throw syntax("expected a value")
        }
        position += word.utf8CodeUnitCount
    }

    // MARK: Values as they stand

    /// Reads past one value of any kind, checked like any other.
    public mutating func skip() throws(JSONError) {
        switch try peekKind() {
        case .object: try readObject { _, reader throws(JSONError) in try reader.skip() }
        case .array: try readArray { _, reader throws(JSONError) in try reader.skip() }
        case .string: try skipString()
        case .number: _ = try scanNumber()
        case .boolean: _ = try readBool()
        case .null: try readNull()
        }
    }

    /// One value of any kind as it is written, without the white space around it.
    public mutating func readRaw() throws(JSONError) -> RawJSON {
        skipSpace()
        let start = position
        do { try skip() } catch { throw JSONError(error.kind, at: error.offset) }
        return RawJSON(checked: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    // MARK: Bytes

    /// The next byte; 0, which JSON has nowhere, at the end.
    var byte: UInt8 { byte(at: position) }

    func byte(at index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    /// Throws unless the value that comes next is of this kind.
    mutating func expect(_ kind: JSONKind) throws(JSONError) {
        let received = try peekKind()
        if received == kind { return }
        let start = position
        // Something else may begin as a literal does: then it is no JSON.
        switch received {
        case .boolean: try readWord(byte == UInt8(ascii: "t") ? "true" : "false")
        case .null: try readWord("null")
        default: break
        }
        position = start
        throw mismatch(expected: kind.description, received: received.description)
    }

    /// That the text is not JSON from here on.
    func syntax(_ reason: String) -> JSONError {
        JSONError(.syntax(reason: position < bytes.count ? reason : "the text ends too early"), at: position)
    }

    /// That the value here is of another kind than was wanted, in words such as "a string".
    public func mismatch(expected: String, received: String) -> JSONError {
        JSONError(.mismatch(expected: expected, received: received), at: position)
    }

    /// That the caller refuses the value here; the error's path will tell which it is.
    public func refusal(_ error: any Error) -> JSONError { JSONError(.refused(error), at: position) }
}

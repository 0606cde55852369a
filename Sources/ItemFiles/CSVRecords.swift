/// The records of a CSV file: fields in quotes may hold delimiters, quotes written twice and line breaks; records end with LF, CRLF
/// or CR. Empty lines are passed over.
///
/// Source: RFC 4180.
struct CSVRecords {
    /// One field. An empty field in quotes is an empty text; one without is nothing.
    struct Field {
        var text: String
        var isQuoted: Bool

        var isAbsent: Bool { text.isEmpty && !isQuoted }
    }

    private let file: InputFile
    private let delimiter: UInt8
    /// Lines before the next record.
    private(set) var line: Int
    /// Lines before the record that was last read.
    private(set) var recordLine = 0
    private static let fieldBytes = 64 << 20

    init(_ file: InputFile, delimiter: UInt8, line: Int = 0) {
        self.file = file
        self.delimiter = delimiter
        self.line = line
    }

    /// The fields of the next record; nil at the end.
    mutating func next() throws -> [Field]? {
        while let byte = try file.peek(), byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            _ = try takeLineEnd()
        }
        guard try file.peek() != nil else { return nil }
        recordLine = line
        var fields: [Field] = []
        repeat {
            fields.append(
                try file.peek() == UInt8(ascii: "\"") ? try quotedField() : try plainField())
        } while try takeDelimiter()
        _ = try takeLineEnd()
        return fields
    }

    private mutating func takeDelimiter() throws -> Bool {
        guard try file.peek() == delimiter else { return false }
        _ = try file.take()
        return true
    }

    private mutating func takeLineEnd() throws -> Bool {
        guard let byte = try file.take() else { return false }
        if byte == UInt8(ascii: "\r"), try file.peek() == UInt8(ascii: "\n") { _ = try file.take() }
        line += 1
        return true
    }

    private mutating func plainField() throws -> Field {
        var bytes: [UInt8] = []
        while let byte = try file.peek(), byte != delimiter, byte != UInt8(ascii: "\n"),
            byte != UInt8(ascii: "\r")
        {
            bytes.append(byte)
            _ = try file.take()
            try check(bytes, from: line)
        }
        return Field(text: try text(bytes), isQuoted: false)
    }

    private mutating func quotedField() throws -> Field {
        let start = line
        var bytes: [UInt8] = []
        _ = try file.take()
        while true {
            guard let byte = try file.take() else { throw fault("a quote that is not closed", line: start) }
            if byte == UInt8(ascii: "\"") {
                guard try file.peek() == UInt8(ascii: "\"") else { break }
                _ = try file.take()
            } else if byte == UInt8(ascii: "\n") {
                line += 1
            }
            bytes.append(byte)
            try check(bytes, from: start)
        }
        switch try file.peek() {
        case nil, delimiter, UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
        default: throw fault("something follows a closing quote", line: line)
        }
        return Field(text: try text(bytes), isQuoted: true)
    }

    private func check(_ bytes: [UInt8], from line: Int) throws {
        if bytes.count > Self.fieldBytes {
            throw fault(
                "a field of more than \(Self.fieldBytes >> 20) MB; is a quote not closed?", line: line)
        }
    }

    private func text(_ bytes: [UInt8]) throws -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        throw fault("text that is not UTF-8", line: line)
    }

    /// - Parameter line: Counted from 0.
    private func fault(_ reason: String, line: Int) -> ItemFileError {
        ItemFileError(file.name, "line \(line + 1)", reason)
    }
}

import JSON
import Storage

/// How rows stand in a table: an item whose key is `p` (partition) and `s` (sort), both texts; texts as `S`, bytes
/// as `B`, integers as `N`.
extension JSONWriter {
    /// The item of a row.
    mutating func write(_ row: Row) {
        writeObject { writer in
            writer.writeMembers(of: row.key)
            for (name, value) in row.attributes {
                writer.key(name)
                writer.write(value)
            }
        }
    }

    mutating func write(_ key: RowKey) {
        writeObject { $0.writeMembers(of: key) }
    }

    mutating func write(_ value: StoredValue) {
        writeObject { writer in
            switch value {
            case .text(let text): writer.member("S", text)
            case .bytes(let bytes):
                writer.key("B")
                writer.write(base64: bytes)
            case .integer(let number): writer.member("N", "\(number)")
            }
        }
    }

    private mutating func writeMembers(of key: RowKey) {
        for (name, text) in [("p", key.partition), ("s", key.sort)] {
            self.key(name)
            write(StoredValue.text(text))
        }
    }
}

extension JSONReader {
    /// The row of an item.
    mutating func readRow() throws(JSONError) -> Row {
        var (partition, sort): (String?, String?)
        var attributes: Attributes = [:]
        try readObject { name, reader throws(JSONError) in
            switch name {
            case "p": partition = try reader.readKeyText()
            case "s": sort = try reader.readKeyText()
            default: attributes[name] = try reader.readStoredValue()
            }
        }
        guard let partition, let sort else {
            throw mismatch(expected: "an item with p and s", received: "another")
        }
        return Row(key: RowKey(partition: partition, sort: sort), attributes: attributes)
    }

    private mutating func readKeyText() throws(JSONError) -> String {
        guard case .text(let text) = try readStoredValue() else {
            throw mismatch(expected: "a text as key", received: "another value")
        }
        return text
    }

    private mutating func readStoredValue() throws(JSONError) -> StoredValue {
        var value: StoredValue?
        try readObject { type, reader throws(JSONError) in
            switch type {
            case "S": value = .text(try reader.readString())
            case "B": value = .bytes(try reader.readBase64())
            case "N": value = try reader.readStoredInteger()
            default: throw reader.mismatch(expected: "S, B or N", received: type)
            }
        }
        guard let value else { throw mismatch(expected: "a value", received: "none") }
        return value
    }

    private mutating func readStoredInteger() throws(JSONError) -> StoredValue {
        let text = try readString()
        guard let number = Int64(text) else {
            throw mismatch(expected: "a 64-bit integer", received: "another number")
        }
        return .integer(number)
    }
}

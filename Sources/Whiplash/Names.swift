import Storage

/// The rules of names and ids, and the names of tables made of them.
public enum Names {
    /// The characters of a project's, a collection's and a stage's name: those of a DynamoDB table.
    static let nameLength = 1...64

    /// The bytes of an item's id. With the index key before it, it fits a sort key.
    public static let idBytes = 1...512

    /// Throws `invalid` when a project, collection or stage cannot be called so.
    public static func check(_ name: String, field: String) throws(WhiplashError) {
        guard nameLength.contains(name.utf8.count), name.utf8.allSatisfy(isNameByte), !isPathStep(name) else {
            throw .invalid(
                Violation(
                    field: field,
                    expected: "1 to 64 of the characters A-Z a-z 0-9 _ . -, and not '.' or '..'",
                    received: describe(name)))
        }
    }

    /// Clients shorten such parts of a path, so that a request would mean something else than it says.
    private static func isPathStep(_ text: String) -> Bool { text == "." || text == ".." }

    /// Throws `invalid` when an item cannot have this id.
    public static func check(id: String, field: @autoclosure () -> String) throws(WhiplashError) {
        guard idBytes.contains(id.utf8.count), !id.unicodeScalars.contains(where: isControl), !isPathStep(id)
        else {
            throw .invalid(
                Violation(
                    field: field(),
                    expected: "1 to 512 bytes of UTF-8 without control characters, and not '.' or '..'",
                    received: describe(id)))
        }
    }

    /// The tables of a collection by its id, or by what it has instead (`CollectionConfiguration.tableID`).
    static func vectorsTable(_ collectionID: String) -> TableName { TableName(collectionID + "_vectors") }
    static func bucketsTable(_ collectionID: String) -> TableName { TableName(collectionID + "_buckets") }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        // To look up a category takes longer than all the rest of a short id.
        scalar.isASCII
            ? scalar.value < 0x20 || scalar.value == 0x7F : scalar.properties.generalCategory == .control
    }

    private static func describe(_ text: String) -> String {
        if text.isEmpty { return "an empty string" }
        let shown = text.unicodeScalars.prefix(40).map { isControl($0) ? "\u{FFFD}" : String($0) }.joined()
        return text.utf8.count > 40 ? "'\(shown)…', \(text.utf8.count) bytes" : "'\(shown)'"
    }
}

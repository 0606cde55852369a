import JSON

/// A name that has two names itself: the ancestor's server read one and its client sends the other.
struct AliasedName {
    private let field: String
    private let alias: String
    private var name: String?

    init(_ field: String, or alias: String) {
        self.field = field
        self.alias = alias
    }

    /// Reads a value of either field. Both may be there if they say the same.
    mutating func read(_ field: String, _ reader: inout JSONReader) throws(JSONError) {
        let value = try reader.readString()
        if let name, name != value {
            throw reader.fault(
                expected: "the same as '\(field == alias ? self.field : alias)'", received: "another")
        }
        name = value
    }

    /// - Throws: when neither field was there.
    func value(_ reader: borrowing JSONReader) throws(JSONError) -> String {
        if let name { return name }
        throw JSONError(.refused(FieldFault.missing), at: reader.position, path: [.key(field)])
    }
}

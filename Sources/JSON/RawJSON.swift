/// One JSON value as the text it was written in, checked to be well formed.
///
/// Nothing of it is lost that another form of it might lose: not the digits of a number, the order of an
/// object's keys or the escapes of a string. Equal means equal text.
public struct RawJSON: Hashable, Sendable {
    public let text: String

    /// - Precondition: `text` is one well-formed JSON value.
    public init(checked text: String) { self.text = text }

    /// Checks `text`; white space around the value is left out.
    public init(parsing text: String) throws(JSONError) {
        self = try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in try reader.readRaw() }
    }

    public var isObject: Bool { firstByte == UInt8(ascii: "{") }

    var isNull: Bool { firstByte == UInt8(ascii: "n") }

    private var firstByte: UInt8? {
        text.utf8.first { $0 != UInt8(ascii: " ") && !(UInt8(ascii: "\t")...UInt8(ascii: "\r") ~= $0) }
    }
}

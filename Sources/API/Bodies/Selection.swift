import JSON
import Whiplash

/// The body of an operation on items by what is true of them: a filter, where to look, and where to go on.
struct Selection {
    /// Nil when the body has none.
    private(set) var filter: MetadataFilter?
    private(set) var group: String?
    private(set) var cursor: String?

    /// Reads one of `filter`, `group` and `cursor`.
    mutating func read(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "filter": filter = try reader.readFilter()
        case "group": group = try reader.readString()
        default: cursor = try reader.readString()
        }
    }
}

extension JSONWriter {
    /// `cursor`, null on the last page.
    mutating func member(cursor: String?) {
        key("cursor")
        if let cursor { write(cursor) } else { writeNull() }
    }
}

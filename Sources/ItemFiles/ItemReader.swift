import Whiplash

/// Items of a file, one after the other. The file is never in memory as a whole.
///
/// Not for several tasks at once.
public protocol ItemReader: AnyObject {
    /// The next item; nil at the end.
    ///
    /// - Throws: `ItemFileError`, after which the reader is of no more use.
    func next() throws -> Item?

    /// Where the next item begins.
    var position: FilePosition { get }

    /// What of the file lies behind it, 0 to 1; nil where nobody knows the whole.
    var fraction: Double? { get }
}

/// A place between two items, from which a reader of the same file can go on.
public struct FilePosition: Sendable, Equatable {
    /// Bytes before it in the file of vectors.
    public var offset: Int
    /// Lines before it, or rows of a file without lines.
    public var line: Int
    /// Bytes before it in a second file, that of ids.
    public var idsOffset: Int

    public init(offset: Int = 0, line: Int = 0, idsOffset: Int = 0) {
        self.offset = offset
        self.line = line
        self.idsOffset = idsOffset
    }

    public static let start = FilePosition()
}

/// What is wrong with a file, and where. Holds no vector and no metadata.
public struct ItemFileError: Error, CustomStringConvertible {
    public var file: String
    /// As `line 12`; empty where it is about the whole file.
    public var place: String
    public var reason: String

    public init(_ file: String, _ place: String = "", _ reason: String) {
        self.file = file
        self.place = place
        self.reason = reason
    }

    public var description: String { file + (place.isEmpty ? "" : ", " + place) + ": " + reason }
}

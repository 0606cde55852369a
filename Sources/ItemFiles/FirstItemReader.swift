import Whiplash

/// A reader whose first item can be looked at before it is read, also where the file is a pipe that cannot be read twice.
public final class FirstItemReader: ItemReader {
    private let reader: any ItemReader
    private let start: FilePosition
    /// What has been looked at and not yet been read.
    private var first: Item?

    /// - Parameter reader: One that has read nothing.
    public init(_ reader: any ItemReader) {
        self.reader = reader
        start = reader.position
    }

    /// The first item, which stays to be read; nil of an empty file. To be called once, before anything is read.
    public func look() throws -> Item? {
        first = try reader.next()
        return first
    }

    public func next() throws -> Item? {
        guard let item = first else { return try reader.next() }
        first = nil
        return item
    }

    public var position: FilePosition { first == nil ? reader.position : start }

    public var fraction: Double? { reader.fraction }
}

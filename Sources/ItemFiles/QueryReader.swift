import JSON
import Whiplash

/// Queries of a file, one after the other. The file is never in memory as a whole.
public protocol QueryReader: AnyObject {
    /// The next search; nil at the end.
    ///
    /// - Throws: `ItemFileError`, after which the reader is of no more use.
    func next() throws -> SearchRequest?
}

/// Queries as JSON Lines: on each line an object with `query` or `vector` (an array, or base64 of little-endian float32), `text`, or the `id`
/// of an item whose neighbours are sought where no vector is; with `limit`, `filter` and `group` of its own where wanted.
public final class QueryLines: QueryReader {
    private let file: InputFile
    private let request: SearchRequest
    private var lineNumber = 0
    private static let lineBytes = 64 << 20

    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - request: What all searches have that a line does not say.
    public init(_ path: String, like request: SearchRequest) throws {
        file = try InputFile(path)
        self.request = request
    }

    public func next() throws -> SearchRequest? {
        while var line = try file.line(limit: Self.lineBytes) {
            lineNumber += 1
            if lineNumber == 1 { line.dropByteOrderMark() }
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || 9...13 ~= $0 }) { continue }
            do {
                return try JSONReader.read(line) { reader throws(JSONError) in try read(&reader) }
            } catch {
                throw ItemFileError(file.name, "line \(lineNumber)", "\(error)")
            }
        }
        return nil
    }

    private func read(_ reader: inout JSONReader) throws(JSONError) -> SearchRequest {
        var (request, id) = (request, String?.none)
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "query", "vector": request.query = try reader.readFloatVector()
            case "text": request.text = try reader.readString()
            case "id": id = try reader.readString()
            case "limit": request.limit = try reader.readInteger()
            case "filter": request.filter = try readFilter(&reader)
            case "group": request.group = try reader.readString()
            default: try reader.skip()
            }
        }
        if request.query.isEmpty { request.itemID = id }
        // An item is a query by its vector; its text is what it has, not what is sought.
        if id != nil, !request.query.isEmpty { request.text = nil }
        if request.query.isEmpty, id == nil, request.text == nil {
            throw reader.mismatch(expected: "a 'query', a 'text' or an 'id'", received: "none of them")
        }
        return request
    }

    private func readFilter(_ reader: inout JSONReader) throws(JSONError) -> MetadataFilter {
        let raw = try reader.readRaw()
        do { return try MetadataFilter(raw) } catch { throw reader.refusal(error) }
    }
}

/// The rows of a `.npy` file as queries.
public final class QueryRows: QueryReader {
    private let rows: NumPyReader
    private let request: SearchRequest

    /// - Parameter request: What all searches have beside their vectors.
    public init(_ path: String, like request: SearchRequest) throws {
        rows = try NumPyReader(path, ids: .numbers)
        self.request = request
    }

    public func next() throws -> SearchRequest? {
        guard let row = try rows.next() else { return nil }
        var request = request
        request.query = row.vector
        return request
    }
}

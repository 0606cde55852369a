import JSON
import Whiplash

/// Items as CSV with a header line.
///
/// The column `id` is needed. The vector is either the column `vector`, a JSON array or base64 of little-endian float32, or a column for each
/// component: a prefix and a number, such as `v0`, `v1`, … in the order of their numbers. `group`, `text`, `metadata` (a JSON object), `timestamp`
/// and `expires_at` (seconds since 1970, or a date and time by RFC 3339) may be there. An empty field is none; `""` is an empty text.
public final class CSVReader: ItemReader {
    /// How a file is to be read.
    public struct Options: Sendable {
        public var delimiter = UInt8(ascii: ",")
        public var idColumn = "id"
        public var vectorColumn = "vector"
        /// What stands before the number in the names of component columns.
        public var componentPrefix = "v"
        public var otherColumns = OtherColumns.refuse
        /// Whether fields of other columns that are JSON numbers, `true` or `false`, and not in quotes, become these in the metadata.
        public var typed = false

        public init() {}
    }

    /// What becomes of columns that are none of an item's.
    public enum OtherColumns: String, Sendable, CaseIterable {
        case refuse, ignore
        /// They become members of the metadata: strings, unless `typed`.
        case metadata
    }

    private let file: InputFile
    private var records: CSVRecords
    private let columns: CSVColumns
    private let options: Options

    public init(_ path: String, _ options: Options = Options(), from position: FilePosition = .start) throws {
        // The header is at the start, wherever the items to read begin.
        let start = try InputFile(path)
        var header = CSVRecords(start, delimiter: options.delimiter)
        guard var names = try header.next() else { throw ItemFileError(start.name, "", "no header line") }
        var first = Array(names[0].text.utf8)
        first.dropByteOrderMark()
        names[0].text = String(decoding: first, as: UTF8.self)
        columns = try CSVColumns(names.map(\.text), options, file: start.name)
        self.options = options
        if position == .start {
            (file, records) = (start, header)
        } else {
            file = try InputFile(path, at: position.offset)
            records = CSVRecords(file, delimiter: options.delimiter, line: position.line)
        }
    }

    public var position: FilePosition { FilePosition(offset: file.offset, line: records.line) }

    public var fraction: Double? { file.fraction }

    public func next() throws -> Item? {
        guard let fields = try records.next() else { return nil }
        do {
            return try columns.item(fields)
        } catch {
            throw ItemFileError(file.name, "line \(records.recordLine + 1)", error.reason)
        }
    }
}

/// Which column of a CSV file holds what.
struct CSVColumns {
    private let count: Int
    private let id: Int
    private let vector: Int?
    private let components: [Int]
    private let group: Int?
    private let text: Int?
    private let metadata: Int?
    private let timestamp: Int?
    private let expiry: Int?
    private let others: [(name: String, index: Int)]
    private let typed: Bool

    struct Fault: Error {
        let reason: String
    }

    init(_ names: [String], _ options: CSVReader.Options, file: String) throws {
        func fault(_ reason: String) -> ItemFileError { ItemFileError(file, "header", reason) }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw fault("the column '\(name)' is there twice")
        }
        count = names.count
        typed = options.typed
        guard let id = names.firstIndex(of: options.idColumn) else {
            throw fault(
                "there is no column '\(options.idColumn)'; these are: \(names.prefix(20).joined(separator: ", "))"
            )
        }
        self.id = id
        vector = names.firstIndex(of: options.vectorColumn)
        group = names.firstIndex(of: "group")
        text = names.firstIndex(of: "text")
        metadata = names.firstIndex(of: "metadata")
        timestamp = names.firstIndex(of: "timestamp")
        expiry = names.firstIndex(of: "expires_at")
        components = vector == nil ? Self.components(names, prefix: options.componentPrefix) : []
        guard vector != nil || !components.isEmpty else {
            throw fault(
                "there is no column '\(options.vectorColumn)', and none such as '\(options.componentPrefix)0'"
            )
        }
        let known = Set(
            [id, vector, group, text, metadata, timestamp, expiry].compactMap(\.self) + components)
        let others = names.indices.filter { !known.contains($0) }
        if options.otherColumns == .refuse, let other = others.first {
            throw fault(
                "the column '\(names[other])' is none of an item's; --other-columns metadata keeps such columns, ignore leaves them out"
            )
        }
        self.others = options.otherColumns == .metadata ? others.map { (names[$0], $0) } : []
    }

    /// The columns of a prefix and a number, by number.
    private static func components(_ names: [String], prefix: String) -> [Int] {
        names.enumerated().compactMap { index, name -> (Int, Int)? in
            guard name.hasPrefix(prefix),
                name.utf8.dropFirst(prefix.utf8.count).allSatisfy({ 0x30...0x39 ~= $0 })
            else { return nil }
            return Int(name.dropFirst(prefix.count)).map { ($0, index) }
        }.sorted { $0 < $1 }.map(\.1)
    }

    func item(_ fields: [CSVRecords.Field]) throws(Fault) -> Item {
        guard fields.count == count else {
            throw Fault(reason: "\(fields.count) fields, the header has \(count)")
        }
        return Item(
            id: fields[id].text, vector: try vector(fields), metadata: try metadata(fields),
            text: text.flatMap { fields[$0].isAbsent ? nil : fields[$0].text },
            timestamp: try time(in: timestamp, "timestamp", fields),
            group: group.flatMap { fields[$0].isAbsent ? nil : fields[$0].text },
            expiresAt: try time(in: expiry, "expires_at", fields))
    }

    private func time(
        in column: Int?, _ name: String, _ fields: [CSVRecords.Field]
    ) throws(Fault) -> Int64? {
        guard let column, !fields[column].isAbsent else { return nil }
        let text = fields[column].text
        if let time = Int64(text) ?? Item.time(text) { return time }
        throw Fault(reason: "\(name): expected \(Item.timeForms)")
    }

    private func vector(_ fields: [CSVRecords.Field]) throws(Fault) -> [Float] {
        if let vector { return try packedVector(fields[vector].text) }
        var components: [Float] = []
        components.reserveCapacity(self.components.count)
        for index in self.components {
            let text = fields[index].text.filter { $0 != " " }
            guard let number = Float(text), number.isFinite else {
                throw Fault(reason: "field \(index + 1) is no finite number")
            }
            components.append(number)
        }
        return components
    }

    private func packedVector(_ text: String) throws(Fault) -> [Float] {
        let isArray = text.utf8.first { $0 != UInt8(ascii: " ") } == UInt8(ascii: "[")
        do {
            return try JSONReader.read(Array((isArray ? text : "\"\(text)\"").utf8)) {
                reader throws(JSONError) in
                try reader.readFloatVector()
            }
        } catch {
            throw Fault(reason: "the vector: \(error)")
        }
    }

    private func metadata(_ fields: [CSVRecords.Field]) throws(Fault) -> RawJSON? {
        var members: RawJSON?
        if let metadata, !fields[metadata].isAbsent {
            members = try? RawJSON(parsing: fields[metadata].text)
            guard members?.isObject == true else { throw Fault(reason: "the metadata is no JSON object") }
        }
        let kept = others.filter { !fields[$0.index].isAbsent }
        if kept.isEmpty { return members }
        var writer = JSONWriter()
        writer.writeObject { writer in
            for (name, index) in kept {
                if typed, let value = fields[index].typedValue {
                    writer.member(name, value)
                } else {
                    writer.member(name, fields[index].text)
                }
            }
        }
        let others = RawJSON(checked: String(decoding: writer.bytes, as: UTF8.self))
        return (members ?? RawJSON(checked: "{}")).merged(with: others)
    }
}

extension CSVRecords.Field {
    /// The JSON number or truth value that the field is as it stands, such as `1815`, `-0.50` or `true`; nil for `007`, `1,5` and `TRUE`,
    /// which JSON does not know, and for what is in quotes.
    fileprivate var typedValue: RawJSON? {
        guard !isQuoted else { return nil }
        if text == "true" || text == "false" { return RawJSON(checked: text) }
        guard let first = text.utf8.first, let last = text.utf8.last,
            first == UInt8(ascii: "-") || first.isDigit,
            last.isDigit
        else { return nil }
        return try? RawJSON(parsing: text)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
}

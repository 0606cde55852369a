/// The attributes of many rows in memory that they share, as a page of rows is read: a few allocations for thousands of rows.
///
/// A row that is kept keeps the memory of all.
package final class AttributePage: Sendable {
    fileprivate enum Kind: UInt8 {
        case text, bytes, integer
    }

    /// One attribute of one row.
    fileprivate struct Cell {
        /// A text or bytes: where they start, above how many they are; or the integer's bits.
        let content: UInt64
        /// Which of the names.
        let name: UInt32
        let kind: Kind

        var range: Range<Int> {
            let start = Int(content >> 32)
            return start..<start + Int(content & 0xFFFF_FFFF)
        }
    }

    fileprivate let names: [String]
    fileprivate let cells: [Cell]
    /// Where the cells of each row start, and behind the last where they end.
    fileprivate let starts: [UInt32]
    /// Texts, as UTF-8, and bytes.
    fileprivate let bytes: [UInt8]

    fileprivate init(names: [String], cells: [Cell], starts: [UInt32], bytes: [UInt8]) {
        (self.names, self.cells, self.starts, self.bytes) = (names, cells, starts, bytes)
    }

    package func attributes(ofRow row: Int) -> Attributes {
        Attributes(AttributesOfPage(page: self, cells: starts[row]..<starts[row + 1]))
    }
}

/// A row's attributes in an `AttributePage`.
struct AttributesOfPage: Sendable {
    fileprivate let page: AttributePage
    fileprivate let cells: Range<UInt32>

    var count: Int { cells.count }

    subscript(position: Int) -> Attributes.Element {
        let cell = page.cells[Int(cells.lowerBound) + position]
        return (page.names[Int(cell.name)], value(cell))
    }

    subscript(name: String) -> StoredValue? { cell(name).map(value) }

    func withBytes<Output>(of name: String, _ body: (UnsafeRawBufferPointer) -> Output) -> Output? {
        guard let cell = cell(name), cell.kind == .bytes else { return nil }
        return page.bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[cell.range])) }
    }

    var storedSizeBytes: Int {
        var size = 0
        for index in cells {
            let cell = page.cells[Int(index)]
            let content =
                cell.kind == .integer
                ? StoredValue.integer(Int64(bitPattern: cell.content)).storedSizeBytes : cell.range.count
            size += page.names[Int(cell.name)].utf8.count + content
        }
        return size
    }

    private func cell(_ name: String) -> AttributePage.Cell? {
        for index in cells where page.names[Int(page.cells[Int(index)].name)].hasSameBytes(as: name) {
            return page.cells[Int(index)]
        }
        return nil
    }

    private func value(_ cell: AttributePage.Cell) -> StoredValue {
        switch cell.kind {
        case .text: .text(String(decoding: page.bytes[cell.range], as: UTF8.self))
        case .bytes: .bytes([UInt8](page.bytes[cell.range]))
        case .integer: .integer(Int64(bitPattern: cell.content))
        }
    }
}

/// Makes an `AttributePage`, row by row.
package struct AttributePageBuilder {
    private var names: [String] = []
    /// The same as UTF-8, one behind the other, and where they end.
    private var nameBytes: [UInt8] = []
    private var nameEnds: [Int] = []
    private var cells: [AttributePage.Cell] = []
    private var starts: [UInt32] = [0]
    private var bytes: [UInt8] = []

    package init() {}

    /// Ends a row, of which the attributes have been added.
    package mutating func endRow() { starts.append(UInt32(cells.count)) }

    package consuming func finish() -> AttributePage {
        AttributePage(names: names, cells: cells, starts: starts, bytes: bytes)
    }

    /// Adds a text to the row that has been begun; false, and nothing added, when it or the name is not UTF-8, or the name does not come
    /// after the row's last one.
    package mutating func add(_ name: UnsafeRawBufferPointer, text: UnsafeRawBufferPointer) -> Bool {
        text.isUTF8 && add(name, .text, content(text))
    }

    package mutating func add(_ name: UnsafeRawBufferPointer, bytes: UnsafeRawBufferPointer) -> Bool {
        add(name, .bytes, content(bytes))
    }

    package mutating func add(_ name: UnsafeRawBufferPointer, integer: Int64) -> Bool {
        add(name, .integer, UInt64(bitPattern: integer))
    }

    private mutating func content(_ content: UnsafeRawBufferPointer) -> UInt64 {
        defer { bytes.append(contentsOf: content) }
        return UInt64(bytes.count) << 32 | UInt64(content.count)
    }

    private mutating func add(
        _ name: UnsafeRawBufferPointer, _ kind: AttributePage.Kind, _ content: UInt64
    ) -> Bool {
        guard let number = number(ofName: name) else { return false }
        if cells.count > starts[starts.count - 1] {
            let last = Int(cells[cells.count - 1].name)
            guard withName(last, { $0.lexicographicallyPrecedes(name) }) else { return false }
        }
        cells.append(AttributePage.Cell(content: content, name: UInt32(number), kind: kind))
        return true
    }

    /// Nil of a name that is not UTF-8. Rows of a page have few names between them.
    private mutating func number(ofName name: UnsafeRawBufferPointer) -> Int? {
        for number in nameEnds.indices where withName(number, { $0.elementsEqual(name) }) { return number }
        guard let text = String(validating: name.bindMemory(to: UInt8.self), as: UTF8.self) else {
            return nil
        }
        names.append(text)
        nameBytes.append(contentsOf: name)
        nameEnds.append(nameBytes.count)
        return names.count - 1
    }

    private func withName<Output>(_ number: Int, _ body: (UnsafeRawBufferPointer) -> Output) -> Output {
        let range = (number == 0 ? 0 : nameEnds[number - 1])..<nameEnds[number]
        return nameBytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var isUTF8: Bool {
        allSatisfy { $0 < 0x80 } || String(validating: bindMemory(to: UInt8.self), as: UTF8.self) != nil
    }
}

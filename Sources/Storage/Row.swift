/// The name of a table, as the back end shows it to its owner.
///
/// 3 to 255 characters of `[A-Za-z0-9_.-]`, the narrowest rule of all back ends (DynamoDB's). Who makes
/// names keeps to it.
public struct TableName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ name: String) { description = name }
}

/// The place of a row in its table: rows of one partition lie together, in the order of their sort keys.
///
/// Keys are compared as UTF-8 bytes, as DynamoDB and SQLite do, and not as Swift compares strings: two
/// spellings of "é" are two keys. Partition 1 to 2,048 bytes, sort 1 to 1,024 bytes.
public struct RowKey: Sendable {
    public let partition: String
    public let sort: String

    public init(partition: String, sort: String) {
        self.partition = partition
        self.sort = sort
    }
}

extension RowKey: Hashable, Comparable {
    public static func == (left: RowKey, right: RowKey) -> Bool {
        left.sort.hasSameBytes(as: right.sort) && left.partition.hasSameBytes(as: right.partition)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: partition)
        hasher.combine(bytesOf: sort)
    }

    public static func < (left: RowKey, right: RowKey) -> Bool {
        if !left.partition.hasSameBytes(as: right.partition) {
            return left.partition.precedes(right.partition)
        }
        return left.sort.precedes(right.sort)
    }
}

extension String {
    /// Whether the UTF-8 is the same, which Swift's `==` does not ask.
    package func hasSameBytes(as other: String) -> Bool {
        // What Swift calls different is so in its bytes, and it tells short texts apart at a glance.
        guard utf8.count == other.utf8.count, self == other else { return false }
        let inPlace = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                var index = 0
                while index < left.count, left[index] == right[index] { index += 1 }
                return index == left.count
            }
        }
        return inPlace.flatMap(\.self) ?? utf8.elementsEqual(other.utf8)
    }

    /// Whether it comes before another in the order of UTF-8 bytes, in which rows are.
    package func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Hasher {
    /// Feeds a text's UTF-8 bytes and an end mark: texts that Swift calls equal but are not the same bytes differ.
    package mutating func combine(bytesOf text: String) {
        let isContiguous: Void? = text.utf8.withContiguousStorageIfAvailable {
            combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isContiguous == nil {
            for byte in text.utf8 { combine(byte) }
        }
        combine(UInt8(0xFF))
    }
}

/// What one attribute of a row holds.
///
/// Every back end gives back what was put, bit for bit; an empty text or empty bytes are legal. Texts are
/// compared as UTF-8 bytes, as keys are.
public enum StoredValue: Sendable {
    case text(String)
    case bytes([UInt8])
    case integer(Int64)
}

extension StoredValue: Hashable {
    public static func == (left: StoredValue, right: StoredValue) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): left.hasSameBytes(as: right)
        case (.bytes(let left), .bytes(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .bytes(let bytes): hasher.combine(bytes)
        case .integer(let number): hasher.combine(number)
        }
    }
}

/// A row: its key and its attributes. Attribute names are short, since each row stores them.
///
/// The names `p` and `s` are the back ends' own, and `expires` says when a row may go (`expiry`).
public struct Row: Hashable, Sendable {
    public let key: RowKey
    public var attributes: Attributes

    public init(key: RowKey, attributes: Attributes = Attributes()) {
        self.key = key
        self.attributes = attributes
    }

    public func text(_ name: String) -> String? {
        if case .text(let value)? = attributes[name] { value } else { nil }
    }

    public func bytes(_ name: String) -> [UInt8]? {
        if case .bytes(let value)? = attributes[name] { value } else { nil }
    }

    public func integer(_ name: String) -> Int64? {
        if case .integer(let value)? = attributes[name] { value } else { nil }
    }
}

/// A row's table and key.
public struct RowAddress: Hashable, Sendable {
    public let table: TableName
    public let key: RowKey

    public init(_ table: TableName, _ key: RowKey) {
        self.table = table
        self.key = key
    }
}

import Storage

/// One entry of a collection's change log: what happened to a bucket row, or to an item.
enum IndexChange: Sendable, Equatable {
    /// A bucket row was stored.
    case stored(BucketRow)
    /// The bucket row with this key and stamp was removed.
    case removed(IndexKey, id: String, WriteStamp)
    /// An item was changed and its bucket row was not.
    case touched(id: String)

    var id: String {
        switch self {
        case .stored(let row): row.item.id
        case .removed(_, let id, _), .touched(let id): id
        }
    }
}

/// Rows of a change log: attribute `c` holds entries one behind the other.
///
/// | bytes | |
/// |---|---|
/// | 1 | kind: 1 stored, 2 removed, 3 touched, 4 stored with a time, 5 with filterable values, 6 with both |
/// | 2 | length of the id, little-endian |
/// | n | id, UTF-8 |
/// | 10 | index key (all but 3) |
/// | 8 | write stamp, little-endian (all but 3) |
/// | 8 | when it expires, in seconds since 1970, little-endian (4, 6) |
/// | 2 | length of the values, little-endian (5, 6) |
/// | n | values, as `FilterableValues` has them (5, 6) |
/// | as the collection's format says | sketch (1, 4, 5, 6) |
///
/// A whole batch goes into few rows: DynamoDB bills by started KB.
enum ChangeLogRow {
    static let attribute = "c"
    /// Well below what a row may hold.
    static let maxBytes = 256 * 1024

    /// The attributes of the rows that tell of these changes.
    static func rows(of changes: [IndexChange]) -> [Attributes] {
        var (rows, bytes) = ([Attributes](), [UInt8]())
        for change in changes {
            bytes.append(change)
            if bytes.count >= maxBytes {
                rows.append([attribute: .bytes(bytes)])
                bytes = []
            }
        }
        if !bytes.isEmpty { rows.append([attribute: .bytes(bytes)]) }
        return rows
    }

    /// - Throws: `unreadable` for a row that this version cannot have written.
    static func changes(in row: Row, sketchBytes: Int) throws(StoreError) -> [IndexChange] {
        guard let bytes = row.bytes(attribute) else { throw damage }
        var reader = ChangeReader(bytes: bytes[...], sketchBytes: sketchBytes)
        var changes: [IndexChange] = []
        while !reader.bytes.isEmpty {
            guard let change = reader.next() else { throw damage }
            changes.append(change)
        }
        return changes
    }

    private static let damage = StoreError.unreadable(reason: "a row of a change log is damaged")
}

/// What comes with a row that was stored.
private struct StoredParts {
    let hasTime: Bool
    let hasValues: Bool

    init(of row: BucketRow) { (hasTime, hasValues) = (row.expiresAt != nil, row.values != nil) }

    /// Nil for a kind that is none of a row stored.
    init?(kind: UInt8) {
        switch kind {
        case 1: (hasTime, hasValues) = (false, false)
        case 4: (hasTime, hasValues) = (true, false)
        case 5: (hasTime, hasValues) = (false, true)
        case 6: (hasTime, hasValues) = (true, true)
        default: return nil
        }
    }

    var kind: UInt8 {
        switch (hasTime, hasValues) {
        case (false, false): 1
        case (true, false): 4
        case (false, true): 5
        case (true, true): 6
        }
    }
}

private struct ChangeReader {
    var bytes: ArraySlice<UInt8>
    let sketchBytes: Int

    /// Nil when the bytes end too early or make no sense.
    mutating func next() -> IndexChange? {
        guard let kind = take(1)?.first, let length = take(2), let id = text(Int(number(length))) else {
            return nil
        }
        if kind == 3 { return .touched(id: id) }
        guard let key = text(IndexKey.textLength).flatMap(IndexKey.init(text:)), let stamp = take(8) else {
            return nil
        }
        let written = WriteStamp(number: Int64(bitPattern: number(stamp)))
        if kind == 2 { return .removed(key, id: id, written) }
        guard let parts = StoredParts(kind: kind), let hint = hint(parts) else { return nil }
        return .stored(BucketRow(item: ItemName(id, in: nil), indexKey: key, stamp: written, hint))
    }

    private mutating func hint(_ parts: StoredParts) -> Hint? {
        var (time, values) = (Int64?.none, FilterableValues?.none)
        if parts.hasTime {
            guard let bytes = take(8) else { return nil }
            time = Int64(bitPattern: number(bytes))
        }
        if parts.hasValues {
            guard let length = take(2), let bytes = take(Int(number(length))) else { return nil }
            values = FilterableValues(bytes: Array(bytes))
        }
        return take(sketchBytes).map { Hint(sketch: Array($0), expiresAt: time, values: values) }
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard bytes.count >= count else { return nil }
        defer { bytes.removeFirst(count) }
        return bytes.prefix(count)
    }

    private mutating func text(_ count: Int) -> String? {
        take(count).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ change: IndexChange) {
        switch change {
        case .stored(let row):
            append(kind: StoredParts(of: row).kind, id: row.id)
            append(row.indexKey, row.stamp)
            if let time = row.expiresAt { append(time) }
            if let values = row.values {
                append(length: values.bytes.count)
                append(contentsOf: values.bytes)
            }
            append(contentsOf: row.sketch)
        case .removed(let key, let id, let stamp):
            append(kind: 2, id: id)
            append(key, stamp)
        case .touched(let id): append(kind: 3, id: id)
        }
    }

    private mutating func append(kind: UInt8, id: String) {
        append(kind)
        append(length: id.utf8.count)
        append(contentsOf: id.utf8)
    }

    private mutating func append(length: Int) {
        append(UInt8(truncatingIfNeeded: length))
        append(UInt8(truncatingIfNeeded: length >> 8))
    }

    private mutating func append(_ key: IndexKey, _ stamp: WriteStamp) {
        append(contentsOf: key.text.utf8)
        append(stamp.number)
    }

    private mutating func append(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
        }
    }
}

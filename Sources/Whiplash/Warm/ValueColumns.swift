/// The filterable values of a leaf's rows: a column for each key.
struct ValueColumns: Sendable {
    private var columns: [ValueColumn]
    private(set) var rowCount = 0

    init(keyCount: Int) { columns = [ValueColumn](repeating: ValueColumn(), count: keyCount) }

    /// Memory held, in bytes.
    var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }

    var keyCount: Int { columns.count }

    subscript(key: Int) -> ValueColumn { columns[key] }

    /// - Parameter values: Nil where a row does not tell them.
    mutating func append(_ values: FilterableValues?) {
        forEach(values) { column, value in column.append(value) }
        rowCount += 1
    }

    mutating func append(_ other: ValueColumns, _ row: Int) {
        for key in columns.indices { columns[key].append(other.columns[key].value(ofRow: row)) }
        rowCount += 1
    }

    mutating func replace(_ row: Int, by values: FilterableValues?) {
        forEach(values) { column, value in column.replace(row, by: value) }
    }

    /// The last row takes the place of the one removed.
    mutating func remove(_ row: Int) {
        for key in columns.indices { columns[key].remove(row) }
        rowCount -= 1
    }

    private mutating func forEach(
        _ values: FilterableValues?, _ body: (inout ValueColumn, ArraySlice<UInt8>) -> Void
    ) {
        if columns.isEmpty { return }
        (values ?? FilterableValues(bytes: [])).forEach(columns.count) { key, value in
            body(&columns[key], value)
        }
    }
}

/// What the rows of a leaf have under one key. Metadata repeat much: each different value is kept once, and a row has its number.
struct ValueColumn: Sendable {
    /// Of each row the number of its value.
    private(set) var numbers: [UInt16] = []
    /// The values, one behind the other.
    private var bytes: [UInt8] = []
    /// Where each value ends.
    private var ends: [UInt32] = []
    /// Whether every value so far is nothing or one scalar.
    private(set) var isPlain = true
    /// The numbers of values, plus one, by a hash of the value, the next free place after it; 0 is free. At most half are taken.
    private var places: [UInt16] = []

    var byteCount: Int {
        2 * (numbers.capacity + places.capacity) + bytes.capacity + 4 * ends.capacity
    }

    /// Different values, also such as no row has any more.
    var valueCount: Int { ends.count }

    /// - Parameter number: Below `valueCount`.
    func value(_ number: Int) -> ArraySlice<UInt8> {
        bytes[(number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])]
    }

    /// Gives the values in the order of their numbers.
    func forEachValue(_ body: (Span<UInt8>) -> Void) {
        var start = 0
        for end in ends {
            body(bytes.span.extracting(start..<Int(end)))
            start = Int(end)
        }
    }

    func value(ofRow row: Int) -> ArraySlice<UInt8> { value(Int(numbers[row])) }

    mutating func append(_ value: ArraySlice<UInt8>) {
        if numbers.count == numbers.capacity { numbers.reserveCapacity(grown(numbers.count)) }
        numbers.append(number(of: value))
    }

    mutating func replace(_ row: Int, by value: ArraySlice<UInt8>) { numbers[row] = number(of: value) }

    mutating func remove(_ row: Int) {
        numbers[row] = numbers[numbers.count - 1]
        numbers.removeLast()
    }
}

// MARK: - Values

extension ValueColumn {
    /// The number of a value, which is added if it is new.
    private mutating func number(of value: ArraySlice<UInt8>) -> UInt16 {
        if let number = known(value) { return number }
        // Values that no row has any more are dropped once they may be more than half.
        if ends.count >= 2 * numbers.count + Self.slack { compact() }
        if 2 * (ends.count + 1) > places.count { spread(over: max(Self.slack, 2 * places.count)) }
        if bytes.count + value.count > bytes.capacity {
            bytes.reserveCapacity(grown(bytes.count + value.count))
        }
        if ends.count == ends.capacity { ends.reserveCapacity(grown(ends.count)) }
        isPlain = isPlain && EncodedValue.isPlain(value.span)
        bytes.append(contentsOf: value)
        ends.append(UInt32(bytes.count))
        places[place(of: value)] = UInt16(ends.count)
        return UInt16(ends.count - 1)
    }

    private static let slack = 16

    /// The number of a value; nil when it is none of the different values.
    func known(_ value: ArraySlice<UInt8>) -> UInt16? {
        if places.isEmpty { return nil }
        let taken = places[place(of: value)]
        return taken == 0 ? nil : taken - 1
    }

    /// Where a value is, or is to be put.
    private func place(of value: ArraySlice<UInt8>) -> Int {
        var place = Int(truncatingIfNeeded: spreadHash(value)) & (places.count - 1)
        while places[place] != 0, self.value(Int(places[place]) - 1) != value {
            place = (place + 1) & (places.count - 1)
        }
        return place
    }

    /// - Parameter count: A power of two.
    private mutating func spread(over count: Int) {
        places = [UInt16](repeating: 0, count: count)
        for number in 0..<ends.count { places[place(of: value(number))] = UInt16(number + 1) }
    }

    private mutating func compact() {
        var kept = ValueColumn()
        for row in numbers.indices { kept.append(value(ofRow: row)) }
        self = kept
    }
}

/// How learned cells are stored.
///
/// | bytes | |
/// |---|---|
/// | 1 | version, 1 |
/// | 1 | metric: 0 cosine, 1 euclidean, 2 dot |
/// | 1 | depth |
/// | 4 | dimension |
/// | 8 | share, float64 |
/// | 4 × 2^depth | counts |
/// | 2 × 2^depth × dimension | centres, bfloat16 |
/// | 8 | checksum of all before |
///
/// All little-endian. 512 cells at 384 dimensions take 395 KB.
extension LearnedCells {
    public var bytes: [UInt8] {
        var bytes: [UInt8] = [Self.version, Self.code(of: metric), UInt8(depth)]
        bytes.append(littleEndian: UInt32(dimension))
        bytes.append(littleEndian: share.bitPattern)
        for count in counts { bytes.append(littleEndian: count) }
        for number in centres { bytes.append(littleEndian: UInt16(number.bitPattern >> 16)) }
        bytes.append(littleEndian: Self.checksum(bytes[...]))
        return bytes
    }

    /// Nil for bytes that this version cannot have written, or that are damaged.
    public init?(bytes: [UInt8]) {
        guard bytes.count > 8, Self.checksum(bytes.dropLast(8)) == bytes.suffix(8).littleEndian(UInt64.self)
        else { return nil }
        var rest = bytes.dropLast(8)
        func take<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
            defer { rest.removeFirst(Number.bitWidth / 8) }
            return rest.prefix(Number.bitWidth / 8).littleEndian(type)
        }
        guard rest.count > 15, take(UInt8.self) == Self.version,
            let metric = Self.metric(of: take(UInt8.self))
        else { return nil }
        let (depth, dimension) = (Int(take(UInt8.self)), Int(take(UInt32.self)))
        let share = Double(bitPattern: take(UInt64.self))
        guard (0...Self.maxDepth).contains(depth), (0...1).contains(share),
            rest.count == 4 << depth + (dimension << depth) * 2
        else { return nil }
        let counts = (0..<1 << depth).map { _ in take(UInt32.self) }
        let centres = (0..<dimension << depth).map { _ in
            Float(bitPattern: UInt32(take(UInt16.self)) << 16)
        }
        self.init(dimension: dimension, metric: metric, centres: centres, counts: counts, share: share)
    }

    private static let version: UInt8 = 1

    private static func code(of metric: Metric) -> UInt8 {
        switch metric {
        case .cosine: 0
        case .euclidean: 1
        case .dot: 2
        }
    }

    private static func metric(of code: UInt8) -> Metric? {
        Metric.allCases.first { Self.code(of: $0) == code }
    }

    /// FNV-1a, as `stableHash` of the store; this room does not know that one.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func littleEndian<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}

/// Sketches of one format in flat memory; a value, at most `capacity` rows.
public struct SketchChunk: Sendable {
    public static let capacity = 4096

    public let format: SketchFormat
    private var bytes: [UInt8] = []
    public private(set) var count = 0

    public init(format: SketchFormat) { self.format = format }

    /// Memory held.
    public var byteCount: Int { bytes.capacity }

    /// - Parameter sketch: `format.byteCount` bytes.
    public mutating func append(_ sketch: UnsafeRawBufferPointer) {
        precondition(sketch.count == format.byteCount && count < Self.capacity)
        // Doubling would leave a third of the memory unused.
        if bytes.count + format.byteCount > bytes.capacity {
            bytes.reserveCapacity(bytes.count + max(16, count / 8) * format.byteCount)
        }
        bytes.append(contentsOf: sketch)
        count += 1
    }

    public mutating func replace(_ row: Int, with sketch: UnsafeRawBufferPointer) {
        precondition(sketch.count == format.byteCount && row < count)
        bytes.replaceSubrange(row * format.byteCount..<(row + 1) * format.byteCount, with: sketch)
    }

    public mutating func removeLast() {
        bytes.removeLast(format.byteCount)
        count -= 1
    }

    /// The very bytes that were put.
    public func sketch(at row: Int) -> [UInt8] {
        Array(bytes[row * format.byteCount..<(row + 1) * format.byteCount])
    }

    func withSketches(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { bytes in
            for row in 0..<count {
                let start = row * format.byteCount
                body(row, UnsafeRawBufferPointer(rebasing: bytes[start..<start + format.byteCount]))
            }
        }
    }
}

/// Collects, chunk after chunk, which rows may be among the best.
public struct SketchScan: Sendable {
    public struct Hit: Sendable {
        /// The caller's number of the chunk.
        public let chunk: Int
        public let row: Int
        public let estimate: SketchQuery.Estimate
    }

    private let query: SketchQuery
    private let limit: Int
    private var kept: [Hit] = []
    private var pruneAt = SketchScan.slack
    /// Rows offered so far.
    public private(set) var rowCount = 0

    private static let slack = 16_384

    public init(_ query: SketchQuery, limit: Int) {
        self.query = query
        self.limit = limit
    }

    /// - Parameter chunk: The caller's number of it, given back in hits.
    public mutating func scan(_ sketches: SketchChunk, chunk: Int) {
        sketches.withSketches { row, sketch in
            kept.append(Hit(chunk: chunk, row: row, estimate: query.estimate(sketch)))
        }
        rowCount += sketches.count
        if kept.count >= pruneAt { prune() }
    }

    /// Takes what another scan of the same query has found in other chunks.
    public mutating func merge(_ other: SketchScan) {
        kept += other.kept
        rowCount += other.rowCount
        if kept.count >= pruneAt { prune() }
    }

    /// The rows that a shortlist of `limit` takes from, best first.
    public func hits() -> [Hit] {
        Shortlist(kept.map(\.estimate), limit: limit).indices.map { kept[$0] }
    }

    private mutating func prune() {
        kept = hits()
        pruneAt = kept.count + Self.slack
    }
}

/// Sketches of one format in flat memory, laid out for scanning: a value of at most `capacity` rows.
public struct SketchChunk: Sendable {
    /// The most rows of one chunk.
    public static let capacity = 4096

    public let format: SketchFormat
    public private(set) var count = 0
    private var bytes: [UInt8] = []

    public init(format: SketchFormat) {
        self.format = format
    }

    /// The memory held, in bytes. It doubles as rows come, from 32 rows on.
    public var byteCount: Int { bytes.capacity }

    /// - Parameter sketch: `format.byteCount` bytes.
    /// - Precondition: `count < capacity`.
    public mutating func append(_ sketch: UnsafeRawBufferPointer) {
        precondition(count < Self.capacity && sketch.count == format.byteCount)
        if bytes.isEmpty { bytes.reserveCapacity(32 * format.byteCount) }
        bytes.append(contentsOf: sketch)
        count += 1
    }

    /// - Parameter sketch: `format.byteCount` bytes.
    public mutating func replace(_ row: Int, with sketch: UnsafeRawBufferPointer) {
        precondition(sketch.count == format.byteCount)
        bytes.replaceSubrange(byteRange(row), with: sketch)
    }

    /// - Precondition: `count > 0`.
    public mutating func removeLast() {
        bytes.removeLast(format.byteCount)
        count -= 1
    }

    /// The very bytes that were put.
    public func sketch(at row: Int) -> [UInt8] { Array(bytes[byteRange(row)]) }

    func withSketch<Value>(at row: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[byteRange(row)])) }
    }

    private func byteRange(_ row: Int) -> Range<Int> {
        precondition((0..<count).contains(row))
        return row * format.byteCount..<(row + 1) * format.byteCount
    }
}

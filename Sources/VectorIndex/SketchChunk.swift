internal import CKernels

/// Sketches of one format in flat memory, laid out for scanning: a value of at most `capacity` rows.
///
/// Rows stand in blocks of 32. In a block the rows' half bytes that code the same dimensions stand together, so that one
/// instruction looks many of them up in the query's table: `put_codes` of `CKernels.h` lays them out as this machine has it.
///
/// Source of the layout: F. André, A.-M. Kermarrec, N. Le Scouarnec, "Quicker ADC", IEEE TPAMI 2021, arXiv 1812.09162.
public struct SketchChunk: Sendable {
    /// The most rows of one chunk.
    public static let capacity = 4096
    static let blockRows = WHIPLASH_BLOCK_ROWS

    /// How many blocks so many rows take.
    static func blockCount(rows: Int) -> Int { (rows + blockRows - 1) / blockRows }

    public let format: SketchFormat
    public private(set) var count = 0
    private var memory: BlockMemory?

    /// - Parameter format: Of sketches that give estimates.
    public init(format: SketchFormat) {
        precondition(format.precision == .estimated)
        self.format = format
    }

    /// The memory held, in bytes. It grows by an eighth at a time, and by 32 rows at least, and is not given back when they go.
    public var byteCount: Int { memory?.bytes.count ?? 0 }

    /// Makes room for so many rows at once, and gives back what is held beyond.
    ///
    /// - Parameter rows: `count` or more.
    public mutating func setCapacity(_ rows: Int) {
        precondition(rows >= count)
        let bytes = Self.blockCount(rows: rows) * format.blockByteCount
        if bytes != byteCount { memory = BlockMemory(copying: memory, byteCount: bytes) }
    }

    /// - Parameter sketch: `format.byteCount` bytes.
    /// - Precondition: `count < capacity`.
    /// - Complexity: O(`format.byteCount`), amortised.
    public mutating func append(_ sketch: UnsafeRawBufferPointer) {
        precondition(count < Self.capacity)
        makeRoom()
        count += 1
        put(sketch, at: count - 1)
    }

    /// - Parameter sketch: `format.byteCount` bytes.
    public mutating func replace(_ row: Int, with sketch: UnsafeRawBufferPointer) {
        precondition((0..<count).contains(row))
        makeOwn()
        put(sketch, at: row)
    }

    /// - Precondition: `count > 0`.
    public mutating func removeLast() {
        precondition(count > 0)
        count -= 1
    }

    /// The very bytes that were put.
    public func sketch(at row: Int) -> [UInt8] {
        precondition((0..<count).contains(row))
        guard let bytes = memory?.bytes else { return [] }
        return [UInt8](unsafeUninitializedCapacity: format.byteCount) { sketch, count in
            copyRow(row, of: bytes, to: UnsafeMutableRawBufferPointer(sketch))
            count = format.byteCount
        }
    }

    /// Calls `body` with the blocks' memory, unless there are no rows.
    func withBlocks(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard let memory, count > 0 else { return }
        withExtendedLifetime(memory) { body(UnsafeRawBufferPointer(memory.bytes)) }
    }
}

// MARK: - Memory

extension SketchChunk {
    /// Holds one more row, in memory of its own.
    private mutating func makeRoom() {
        let rows = byteCount / format.blockByteCount * Self.blockRows
        if count < rows { return makeOwn() }
        // Doubling would leave a third of the memory of many half full chunks unused.
        let blocks = rows / Self.blockRows
        memory = BlockMemory(
            copying: memory, byteCount: (blocks + max(1, blocks / 8)) * format.blockByteCount)
    }

    /// What another value shares is copied before it is written.
    private mutating func makeOwn() {
        if memory != nil, !isKnownUniquelyReferenced(&memory) {
            memory = BlockMemory(copying: memory, byteCount: byteCount)
        }
    }
}

/// Memory that starts at a cache line.
// It is written only by the one value that refers to it, and values are not shared while they change.
private final class BlockMemory: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(copying other: BlockMemory?, byteCount: Int) {
        bytes = .allocate(byteCount: byteCount, alignment: 64)
        let copied = min(other?.bytes.count ?? 0, byteCount)
        if let other { bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: other.bytes[..<copied])) }
        // What no row has been put into is read all the same, with its block.
        UnsafeMutableRawBufferPointer(rebasing: bytes[copied...]).initializeMemory(
            as: UInt8.self, repeating: 0)
    }

    deinit { bytes.deallocate() }
}

// MARK: - Layout

extension SketchFormat {
    /// The bytes of 32 rows: a whole number for each of their bytes' groups of 32.
    var blockByteCount: Int { byteCount * SketchChunk.blockRows }

    /// Where a block's factors begin, behind its groups of code bytes.
    var blockFactorOffset: Int { codeByteCount * SketchChunk.blockRows }
}

extension SketchChunk {
    private func put(_ sketch: UnsafeRawBufferPointer, at row: Int) {
        precondition(sketch.count == format.byteCount)
        guard let bytes = memory?.bytes else { return }
        let block = UnsafeMutableRawBufferPointer(
            rebasing: bytes[(row / Self.blockRows * format.blockByteCount)...])
        let place = row % Self.blockRows
        for index in 0..<format.numberCount {
            let number = sketch.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
            block.storeBytes(
                of: UInt32(littleEndian: number), toByteOffset: numberOffset(index, place), as: UInt32.self)
        }
        let codes = UnsafeRawBufferPointer(rebasing: sketch[(format.numberCount * 4)...])
        if let codes = codes.baseAddress, let block = block.baseAddress {
            kernels.put_codes(
                block.assumingMemoryBound(to: UInt8.self), place, codes.assumingMemoryBound(to: UInt8.self),
                format.codeByteCount)
        }
    }

    private func copyRow(
        _ row: Int, of bytes: UnsafeMutableRawBufferPointer, to sketch: UnsafeMutableRawBufferPointer
    ) {
        let block = UnsafeMutableRawBufferPointer(
            rebasing: bytes[(row / Self.blockRows * format.blockByteCount)...])
        let place = row % Self.blockRows
        for index in 0..<format.numberCount {
            let number = block.load(fromByteOffset: numberOffset(index, place), as: UInt32.self)
            sketch.storeBytes(of: number.littleEndian, toByteOffset: index * 4, as: UInt32.self)
        }
        let codes = UnsafeMutableRawBufferPointer(rebasing: sketch[(format.numberCount * 4)...])
        if let codes = codes.baseAddress, let block = block.baseAddress {
            kernels.get_codes(
                block.assumingMemoryBound(to: UInt8.self), place, codes.assumingMemoryBound(to: UInt8.self),
                format.codeByteCount)
        }
    }

    /// Where number `index` of a row stands in its block: a factor, or a component of an exact sketch.
    private func numberOffset(_ index: Int, _ place: Int) -> Int {
        format.blockFactorOffset + (index * Self.blockRows + place) * 4
    }
}

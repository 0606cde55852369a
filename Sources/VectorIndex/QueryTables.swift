/// A rotated query as tables: what each value of four bits of a sketch adds to the inner product.
///
/// Entries are rounded to whole numbers, so that sums are the same in whatever order and on whatever machine. With one byte an
/// entry, rounding adds to an estimate about 0.013 of its standard deviation for one bit a dimension and 0.025 for two, as a
/// standard deviation too; finer codes get two bytes.
///
/// Source: F. André, A.-M. Kermarrec, N. Le Scouarnec, "Quicker ADC", IEEE TPAMI 2021, arXiv 1812.09162.
struct QueryTables: Sendable {
    /// The entries, or their low bytes, in the order of `CKernels.h`: shape `[paddedDimension / 32, 2, 4, 16]`.
    let low: [UInt8]
    /// The high bytes; empty when one byte holds an entry.
    let high: [UInt8]
    /// The inner product of a grid point with the query is `slope · sum + offset`.
    let slope: Double
    let offset: Double
    /// No sum is larger.
    let largestSum: Double

    /// For sketches without codes.
    static let none = QueryTables([], bits: 1)

    /// - Parameters:
    ///   - query: Shape `[paddedDimension]`, rotated.
    ///   - bits: Of a sketch, for each dimension.
    init(_ query: [Float], bits: Int) {
        let largestCode = Double((1 << bits) - 1)
        let top = Self.largestEntry(bits: bits, tableCount: query.count / 4)
        var (widest, least, sum) = (0.0, 0.0, 0.0)
        for start in stride(from: 0, to: query.count, by: 4) {
            let table = NibbleTable(query, start)
            widest = max(widest, table.range)
            least += table.least
            sum += table.least + table.most
        }
        let perUnit = widest > 0 ? top / widest : 0
        low = Self.bytes(query) { UInt8(truncatingIfNeeded: $0.entry($1, perUnit)) }
        high = top > 255 ? Self.bytes(query) { UInt8($0.entry($1, perUnit) >> 8) } : []
        slope = widest / top
        offset = largestCode * (least - sum / 2)
        largestSum = largestCode * top * Double(query.count / 4)
    }

    /// One byte for each value of each four components.
    @inline(__always)
    private static func bytes(_ query: [Float], _ byte: (NibbleTable, Int) -> UInt8) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: query.count * 4) { bytes, count in
            for start in stride(from: 0, to: query.count, by: 4) {
                let table = NibbleTable(query, start)
                let first = place(ofNibble: start / 4)
                for value in 0..<16 { bytes[first + value] = byte(table, value) }
            }
            count = query.count * 4
        }
    }

    /// Where the entries of four components begin: first come those of the low nibbles of four bytes, and then those of their high ones.
    private static func place(ofNibble nibble: Int) -> Int {
        let byte = nibble / 2
        return byte / 4 * 128 + nibble % 2 * 64 + byte % 4 * 16
    }

    /// What an entry may be at most, so that sums stay below 2³¹.
    private static func largestEntry(bits: Int, tableCount: Int) -> Double {
        guard bits >= 4 else { return 255 }
        return Double(min(65535, Int(Int32.max) / (((1 << bits) - 1) * max(1, tableCount))))
    }

    /// The sum over the codes of one sketch, byte after byte of its planes.
    ///
    /// - Parameter byteCount: Of one plane.
    func sum(_ codes: UnsafeRawBufferPointer, byteCount: Int) -> Int {
        var (total, index) = (0, 0)
        for plane in 0..<(codes.count / max(1, byteCount)) {
            for byte in 0..<byteCount {
                let low = Self.place(ofNibble: 2 * byte) + Int(codes[index] & 15)
                let high = Self.place(ofNibble: 2 * byte + 1) + Int(codes[index] >> 4)
                total += (entry(low) + entry(high)) << plane
                index += 1
            }
        }
        return total
    }

    private func entry(_ index: Int) -> Int {
        high.isEmpty ? Int(low[index]) : Int(low[index]) | Int(high[index]) << 8
    }
}

/// The sums of four components that each value of four bits chooses.
private struct NibbleTable {
    /// The sums of the first two components, and of the last two.
    private let first: SIMD4<Double>
    private let last: SIMD4<Double>
    let least: Double
    let most: Double

    /// From the least sum to the largest.
    var range: Double { most - least }

    @inline(__always)
    init(_ query: [Float], _ start: Int) {
        let (a, b) = (Double(query[start]), Double(query[start + 1]))
        let (c, d) = (Double(query[start + 2]), Double(query[start + 3]))
        first = SIMD4(0, a, b, a + b)
        last = SIMD4(0, c, d, c + d)
        least = (min(a, 0) + min(b, 0)) + (min(c, 0) + min(d, 0))
        most = (max(a, 0) + max(b, 0)) + (max(c, 0) + max(d, 0))
    }

    /// How far the sum of `value` is above the least one, rounded.
    @inline(__always)
    func entry(_ value: Int, _ perUnit: Double) -> UInt16 {
        UInt16((first[value & 3] + last[value >> 2] - least) * perUnit + 0.5)
    }
}

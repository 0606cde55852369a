import CKernels
import Testing

@testable import VectorIndex

/// A set of kernels that this machine has.
struct KernelSet: CustomTestStringConvertible, Sendable {
    let index: Int
    let testDescription: String

    static let all: [KernelSet] = (0...).lazy.map { index in
        whiplash_kernels_at(index).map {
            KernelSet(index: index, testDescription: String(cString: $0.pointee.name))
        }
    }.prefix { $0 != nil }.compactMap(\.self)

    var kernels: whiplash_kernels { whiplash_kernels_at(index).unsafelyUnwrapped.pointee }
}

/// Dimensions to try: the small ones, those about multiples of lanes, blocks and powers of two, and some by chance.
private let dimensions: [Int] = {
    var generator = SeededGenerator(seed: 1)
    let edges = [64, 128, 256, 384, 512, 1024, 1536, 2048, 3072, 4096].flatMap { [$0 - 1, $0, $0 + 1] }
    let drawn = (0..<20).map { _ in 1 + Int(generator.next() % 4096) }
    return (Array(1...70) + edges + drawn).filter { $0 <= 4096 }
}()

@Suite struct KernelTests {
    @Test("The last set is the best, and the first the plain one")
    func sets() {
        #expect(KernelSet.all.first?.testDescription == "plain")
        let best = String(cString: whiplash_best_kernels().pointee.name)
        #expect(KernelSet.all.last?.testDescription == best)
        #if arch(arm64)
            #expect(best == "neon")
        #endif
    }

    @Test("Sums in lanes are those of the plain twin, of every dimension", arguments: KernelSet.all)
    func sums(set: KernelSet) {
        for dimension in 1...4096 {
            var samples = Samples(seed: UInt64(dimension))
            let (left, right) = (samples.uneven(dimension), samples.uneven(dimension))
            let product = plainInnerProduct(left, right)
            #expect(
                set.kernels.inner_product(left, right, dimension) == product,
                "dimension and seed \(dimension)")
            #expect(
                set.kernels.squared_distance(left, right, dimension) == plainSquaredDistance(left, right),
                "dimension and seed \(dimension)")
            var squares = [0.0, 0]
            let again = set.kernels.product_and_squares(left, right, dimension, &squares)
            #expect(
                [again] + squares == [
                    product, plainInnerProduct(left, left), plainInnerProduct(right, right),
                ],
                "dimension and seed \(dimension)")
        }
    }

    @Test("Many inner products are those of each row", arguments: KernelSet.all)
    func rows(set: KernelSet) {
        for dimension in dimensions {
            var samples = Samples(seed: UInt64(dimension))
            let rows = (0..<30).map { _ in samples.vector(dimension) }
            let vector = samples.uneven(dimension)
            for count in [1, 4, 5, 30] {
                var products = [Double](repeating: .nan, count: count)
                set.kernels.inner_products(rows.flatMap(\.self), count, vector, dimension, &products)
                #expect(
                    products == rows.prefix(count).map { plainInnerProduct($0, vector) },
                    "dimension and seed \(dimension)")
            }
        }
    }

    @Test("Packed codes and vectors multiply as plain numbers do", arguments: KernelSet.all, 1...8)
    func packedProducts(set: KernelSet, bits: Int) {
        for count in stride(from: 8, through: 4096, by: 8) where count < 200 || count % 312 == 0 {
            var samples = Samples(seed: UInt64(count))
            let codes = samples.bytes(count).map { $0 >> (8 - bits) }
            let vector = samples.uneven(count)
            var packed = [UInt8](repeating: 0xa5, count: count / 8 * bits)
            set.kernels.pack_codes(codes, count, Int32(bits), &packed)
            #expect(packed == plainPacked(codes, bits: bits), "count and seed \(count)")
            #expect(
                set.kernels.packed_product(packed, Int32(bits), vector, count)
                    == plainInnerProduct(codes.map(Float.init), vector), "count and seed \(count)")
        }
    }

    @Test("Components are divided and rounded as plain ones are", arguments: KernelSet.all)
    func divided(set: KernelSet) {
        for dimension in dimensions {
            var samples = Samples(seed: UInt64(dimension))
            let vector = samples.uneven(dimension)
            for divisor in [3.7, 1e-30, 5e38] {
                var quotients = [Float](repeating: .nan, count: dimension)
                set.kernels.divide(vector, dimension, divisor, &quotients)
                #expect(
                    quotients == vector.map { Float(Double($0) / divisor) }, "dimension and seed \(dimension)"
                )
            }
        }
    }

    @Test("Rotated vectors are those of the plain twin, bit by bit", arguments: KernelSet.all)
    func rotations(set: KernelSet) {
        for padded in stride(from: 64, through: 4096, by: 64) {
            let twin = PlainRotation(dimension: padded, seed: UInt64(padded))
            var samples = Samples(seed: UInt64(padded))
            let vector = samples.uneven(padded)
            var values = vector
            set.kernels.rotate(
                &values, padded, twin.transformLength, 1 / Float(twin.transformLength).squareRoot(),
                twin.signs)
            #expect(
                values.map(\.bitPattern) == twin.rotate(vector).map(\.bitPattern),
                "dimension and seed \(padded)")
        }
    }

    @Test("Grids are those of the plain twin", arguments: KernelSet.all, [1, 2, 4, 5, 6, 8])
    func grids(set: KernelSet, bits: Int) {
        for dimension in dimensions {
            var samples = Samples(seed: UInt64(dimension))
            let vector = normalised(samples.vector(dimension))
            let largest = vector.map(abs).max() ?? 1
            let steps = (1...8).map { largest * Float($0) / 8 / Float(1 << (bits - 1)) }
            let twins = steps.map { PlainGridPoint(vector, step: $0, bits: bits) }
            var (products, squares) = ([Double](repeating: 0, count: 8), [Double](repeating: 0, count: 8))
            set.kernels.try_steps(vector, dimension, Int32(bits), steps, &products, &squares)
            #expect(products == twins.map(\.product), "dimension and seed \(dimension)")
            #expect(squares == twins.map(\.square), "dimension and seed \(dimension)")
            for (step, twin) in zip(steps, twins) {
                var (product, square) = (0.0, 0.0)
                set.kernels.try_step(vector, dimension, Int32(bits), step, &product, &square)
                #expect(product == twin.product && square == twin.square, "dimension and seed \(dimension)")
            }
            var codes = [UInt8](repeating: 0xa5, count: dimension)
            set.kernels.round_to_codes(vector, dimension, Int32(bits), steps[5], &codes)
            #expect(codes == twins[5].codes, "dimension and seed \(dimension)")
        }
    }

    @Test("The largest magnitude is found wherever it stands", arguments: KernelSet.all)
    func largest(set: KernelSet) {
        for count in stride(from: 64, through: 4096, by: 64) {
            var samples = Samples(seed: UInt64(count))
            let vector = samples.uneven(count)
            #expect(set.kernels.largest(vector, count) == vector.map(abs).max(), "count and seed \(count)")
        }
        for place in 0..<128 {
            var vector = [Float](repeating: 0.5, count: 128)
            vector[place] = -3
            #expect(set.kernels.largest(vector, 128) == 3)
        }
    }

    @Test("Codes are packed into planes", arguments: KernelSet.all, 1...8)
    func planes(set: KernelSet, bits: Int) {
        for count in stride(from: 64, through: 4096, by: 64) {
            var samples = Samples(seed: UInt64(count))
            let codes = samples.bytes(count).map { $0 >> (8 - bits) }
            var planes = [UInt8](repeating: 0xa5, count: bits * count / 8)
            set.kernels.pack_planes(codes, count, Int32(bits), &planes)
            #expect(planes == PlainGridPoint.planes(codes, bits: bits), "count and seed \(count)")
        }
    }
}

@Suite struct ScanKernelTests {
    @Test("A block gives back the codes of each row that were put last", arguments: KernelSet.all)
    func codesStay(set: KernelSet) {
        for byteCount in [8, 48, 96, 512] {
            var samples = Samples(seed: UInt64(byteCount))
            var block = samples.bytes(byteCount * 32)
            var rows = (0..<32).map { _ in samples.bytes(byteCount) }
            for (row, codes) in rows.enumerated() { set.kernels.put_codes(&block, row, codes, byteCount) }
            for row in [31, 0, 15, 16] {
                rows[row] = samples.bytes(byteCount)
                set.kernels.put_codes(&block, row, rows[row], byteCount)
            }
            let found = (0..<32).map { row in
                var codes = [UInt8](repeating: 0, count: byteCount)
                set.kernels.get_codes(block, row, &codes, byteCount)
                return codes
            }
            #expect(found == rows, "\(byteCount) bytes")
        }
    }

    @Test(
        "A scan sees the rows that plain sums tell, with those sums", arguments: KernelSet.all,
        [1, 2, 4, 8])
    func sketches(set: KernelSet, planes: Int) {
        for byteCount in [8, 16, 24, 48, 200, 256, 264, 512] {
            let data = BlockData(byteCount: byteCount, planes: planes, seed: UInt64(byteCount + planes))
            for isEuclidean in [false, true] {
                for threshold in [-Float.infinity, -40, 0, 15, 60, .infinity] {
                    data.check(set.kernels, isEuclidean: isEuclidean, threshold: threshold)
                }
            }
        }
    }

    @Test("Vectors of few dimensions are ranked in order", arguments: KernelSet.all, 1...15)
    func vectors(set: KernelSet, dimension: Int) {
        var samples = Samples(seed: UInt64(dimension))
        let rows = (0..<70).map { _ in samples.uneven(dimension) }
        let query = samples.vector(dimension).map(Double.init)
        let blocks = BlockData.blocks(rows)
        for isEuclidean in [false, true] {
            let ranks = rows.map { row in
                let product = zip(row, query).reduce(0) { $0 + Double($1.0) * $1.1 }
                let square = row.reduce(0) { $0 + Double($1) * Double($1) }
                return isEuclidean ? 2 * product - square : product
            }
            let threshold = ranks.sorted()[60]
            #expect(
                seenVectors(set, query, isEuclidean, threshold, blocks)
                    == ranks.indices.filter { ranks[$0] >= threshold }.map { Seen(row: $0, value: ranks[$0]) },
                "dimension and seed \(dimension)")
        }
    }

    private func seenVectors(
        _ set: KernelSet, _ vector: [Double], _ isEuclidean: Bool, _ threshold: Double, _ blocks: [Float]
    ) -> [Seen] {
        var found: [Seen] = []
        vector.withUnsafeBufferPointer { vector in
            blocks.withUnsafeBytes { blocks in
                var query = whiplash_vector_query(
                    query: vector.baseAddress.unsafelyUnwrapped, dimension: vector.count,
                    is_euclidean: isEuclidean ? 1 : 0, threshold: threshold)
                var rows = whiplash_blocks(
                    bytes: blocks.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped, row_count: 70,
                    included: nil)
                var (block, ranks, seen) = (0, [Double](repeating: 0, count: 32), 0 as UInt32)
                while true {
                    block = set.kernels.scan_vectors(&query, &rows, block, &ranks, &seen)
                    if seen == 0 { return }
                    found += (0..<32).filter { seen >> $0 & 1 == 1 }
                        .map { Seen(row: block * 32 + $0, value: ranks[$0]) }
                    block += 1
                }
            }
        }
        return found
    }
}

/// A row that a scan stopped at, and its sum or rank.
private struct Seen: Equatable {
    let row: Int
    let value: Double
}

/// Random blocks, and what is to be seen of them.
private struct BlockData {
    let byteCount: Int
    let planes: Int
    let seed: UInt64
    private let codes: [[UInt8]]
    private let factors: [[Float]]
    private let table: [UInt8]
    private let highTable: [UInt8]
    private let included: [UInt64]
    /// The sums of the rows, by whether entries have two bytes.
    private let sums: [Bool: [Int]]
    /// Those of the highest plane alone.
    private let topSums: [Bool: [Int]]
    private static let rowCount = 32 * 4 + 11

    init(byteCount: Int, planes: Int, seed: UInt64) {
        var samples = Samples(seed: seed)
        (self.byteCount, self.planes, self.seed) = (byteCount, planes, seed)
        let codes = (0..<Self.rowCount).map { _ in samples.bytes(byteCount * planes) }
        let factors = (0..<Self.rowCount).map { _ in samples.vector(3) }
        let table = (0..<byteCount * 2).flatMap {
            $0 % 3 == 0 ? [UInt8](repeating: 255, count: 16) : samples.bytes(16)
        }
        let highTable = samples.bytes(byteCount * 32).map { planes == 8 ? $0 >> 4 : $0 }
        // No row of the third block.
        included = (0..<3).map { word in
            (samples.generator.next() | samples.generator.next()) & (word == 1 ? UInt64.max << 32 : .max)
        }
        (self.codes, self.factors, self.table, self.highTable) = (codes, factors, table, highTable)
        let entries = zip(table, highTable).map { Int($0) + Int($1) << 8 }
        sums = [
            false: codes.map { Self.sum($0, table.map(Int.init), byteCount) },
            true: codes.map { Self.sum($0, entries, byteCount) },
        ]
        topSums = [
            false: codes.map { Self.sum($0.suffix(byteCount), table.map(Int.init), byteCount) },
            true: codes.map { Self.sum($0.suffix(byteCount), entries, byteCount) },
        ]
    }

    func check(_ kernels: whiplash_kernels, isEuclidean: Bool, threshold: Float) {
        let blocks = blocks(kernels, factorCount: isEuclidean ? 3 : 2)
        for isWide in [false, planes >= 4] {
            for isFiltered in [false, true] {
                withKernelArguments(blocks, isEuclidean, isWide, isFiltered) { query, rows in
                    query.threshold = threshold
                    #expect(
                        seen(kernels, &query, &rows) == expected(isEuclidean, threshold, isWide, isFiltered),
                        "seed \(seed), \(byteCount) bytes")
                    #expect(
                        topRanks(kernels, &query, &rows) == expectedTopRanks(isEuclidean, isWide, isFiltered),
                        "seed \(seed), \(byteCount) bytes")
                }
            }
        }
    }

    private static let terms = whiplash_sketch_terms(slope: 0.001, offset: -3, reach: 1.5)
    private static let topTerms = whiplash_sketch_terms(slope: 0.002, offset: -5, reach: 0.1)
    private static let weight: Float = 0.5

    private func expected(
        _ isEuclidean: Bool, _ threshold: Float, _ isWide: Bool, _ isFiltered: Bool
    ) -> [Seen] {
        wantedRows(isFiltered).filter { Self.chosenBlocks.contains(UInt32($0 / 32)) }.compactMap { row in
            let sum = sums[isWide]?[row] ?? 0
            let isSeen = !(rank(row, sum, Self.terms, isEuclidean) < threshold)
            return isSeen ? Seen(row: row, value: Double(sum)) : nil
        }
    }

    /// Nil for blocks without a wanted row.
    private func expectedTopRanks(_ isEuclidean: Bool, _ isWide: Bool, _ isFiltered: Bool) -> [Float?] {
        let wanted = wantedRows(isFiltered)
        return (0..<Self.blockCount).map { block in
            wanted.filter { $0 / 32 == block }
                .map { rank($0, topSums[isWide]?[$0] ?? 0, Self.topTerms, isEuclidean) }.max()
        }
    }

    private func wantedRows(_ isFiltered: Bool) -> [Int] {
        (0..<Self.rowCount).filter { !isFiltered || included[$0 / 64] >> ($0 % 64) & 1 == 1 }
    }

    private func rank(_ row: Int, _ sum: Int, _ terms: whiplash_sketch_terms, _ isEuclidean: Bool) -> Float {
        let factors = factors[row]
        let rank = (Float(sum) * terms.slope + terms.offset) * factors[0] + factors[1] * terms.reach
        return isEuclidean ? rank - factors[2] * factors[2] * Self.weight : rank
    }

    private static func sum(_ codes: some Collection<UInt8>, _ table: [Int], _ byteCount: Int) -> Int {
        codes.enumerated().reduce(0) { total, code in
            let (plane, byte) = code.offset.quotientAndRemainder(dividingBy: byteCount)
            // Four tables for low nibbles, and then four for high ones.
            let first = byte / 4 * 128 + byte % 4 * 16
            let entries = table[first + Int(code.element & 15)] + table[first + 64 + Int(code.element >> 4)]
            return total + entries << plane
        }
    }

    private func withKernelArguments(
        _ blocks: [UInt8], _ isEuclidean: Bool, _ isWide: Bool, _ isFiltered: Bool,
        _ body: (inout whiplash_sketch_query, inout whiplash_blocks) -> Void
    ) {
        table.withUnsafeBufferPointer { low in
            highTable.withUnsafeBufferPointer { high in
                included.withUnsafeBufferPointer { included in
                    blocks.withUnsafeBufferPointer { blocks in
                        var query = whiplash_sketch_query(
                            table: low.baseAddress.unsafelyUnwrapped,
                            high_table: isWide ? high.baseAddress : nil,
                            byte_count: byteCount, plane_count: planes, has_norm: isEuclidean ? 1 : 0,
                            terms: Self.terms, norm_weight: Self.weight, threshold: 0,
                            top_terms: Self.topTerms)
                        var rows = whiplash_blocks(
                            bytes: blocks.baseAddress.unsafelyUnwrapped, row_count: Self.rowCount,
                            included: isFiltered ? included.baseAddress : nil)
                        body(&query, &rows)
                    }
                }
            }
        }
    }

    private func seen(
        _ kernels: whiplash_kernels, _ query: inout whiplash_sketch_query, _ rows: inout whiplash_blocks
    ) -> [Seen] {
        let blank = whiplash_seen_row(row: 0, sum: 0)
        var seen = [whiplash_seen_row](repeating: blank, count: Self.rowCount)
        let count = kernels.scan_sketches(&query, &rows, Self.chosenBlocks, Self.chosenBlocks.count, &seen)
        return seen[..<count].map { Seen(row: Int($0.row), value: Double($0.sum)) }
    }

    private func topRanks(
        _ kernels: whiplash_kernels, _ query: inout whiplash_sketch_query, _ rows: inout whiplash_blocks
    ) -> [Float?] {
        var ranks = [Float](repeating: 0, count: Self.blockCount)
        kernels.top_ranks(&query, &rows, &ranks)
        return ranks.map { $0.isNaN ? nil : $0 }
    }

    private static let blockCount = (rowCount + 31) / 32
    /// All but one, of which the last ends with the rows.
    private static let chosenBlocks: [UInt32] = [0, 2, 3, 4]

    /// The rows in blocks, as a set of kernels lays them out.
    private func blocks(_ kernels: whiplash_kernels, factorCount: Int) -> [UInt8] {
        let codeBytes = byteCount * planes
        var blocks: [UInt8] = []
        for first in stride(from: 0, to: codes.count, by: 32) {
            let rows = first..<min(first + 32, codes.count)
            var block = [UInt8](repeating: 0, count: codeBytes * 32)
            for row in rows { kernels.put_codes(&block, row - first, codes[row], codeBytes) }
            let numbers = (0..<factorCount).flatMap { factor in
                (first..<first + 32).map { $0 < codes.count ? factors[$0][factor] : 0 }
            }
            blocks += block + littleEndianBytes(of: numbers)
        }
        return blocks
    }

    /// Vectors in blocks: 32 first components, 32 second ones and so on.
    static func blocks(_ rows: [[Float]]) -> [Float] {
        stride(from: 0, to: rows.count, by: 32).flatMap { first in
            rows[0].indices.flatMap { index in
                (0..<32).map { first + $0 < rows.count ? rows[first + $0][index] : 0 }
            }
        }
    }
}

import Testing

@testable import VectorIndex

@Suite struct VectorTypeTests {
    #if !(os(macOS) && arch(x86_64))
        @Test("Every half is what the machine's own is")
        func everyHalf() {
            for bits in UInt16.min ... .max {
                let (ours, theirs) = (HalfPrecision(bits: bits).number, Float(Float16(bitPattern: bits)))
                #expect(ours.bitPattern == theirs.bitPattern || ours.isNaN && theirs.isNaN)
            }
        }

        @Test("Numbers are rounded as the machine rounds them, also those just between two halves")
        func rounding() {
            var generator = SeededGenerator(seed: 1)
            var numbers: [Float] = (0..<100_000).map { _ in
                Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            }
            for bits in stride(from: UInt16(0), to: 0x7C00, by: 1) {
                let middle = (HalfPrecision(bits: bits).number + HalfPrecision(bits: bits + 1).number) / 2
                numbers += [middle, middle.nextUp, middle.nextDown, -middle]
            }
            numbers += [0, -0.0, 65_504, 65_519.99, 65_520, 65_536, 1e10, .infinity, .leastNonzeroMagnitude]
            for number in numbers where !number.isNaN {
                #expect(HalfPrecision(number).bits == Float16(number).bitPattern, "\(number)")
            }
        }
    #endif

    @Test(arguments: VectorType.allCases) func bytesHoldTheRoundedVector(type: VectorType) {
        let vector: [Float] = [1, -0.1, 3.25, 0, 65_504]
        let rounded = type.rounded(vector)
        let bytes = type.bytes(of: rounded)
        #expect(bytes.count == 5 * type.byteCount)
        #expect(type.vector(of: bytes, dimension: 5) == rounded)
        #expect(type.vector(of: Array(bytes.dropLast()), dimension: 5) == nil)
        #expect(type.vector(of: bytes, dimension: 6) == nil)
        #expect(type.rounded(rounded) == rounded)
        #expect(rounded[2] == 3.25 && abs(rounded[1] + 0.1) < 1e-4)
    }
}

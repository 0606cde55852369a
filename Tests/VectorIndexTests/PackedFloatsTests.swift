import CKernels
import Testing

@testable import VectorIndex

@Suite struct PackedFloatsTests {
    @Test("What is packed comes out bit for bit, of any numbers and dimension", arguments: 1...20)
    func anyNumbers(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for dimension in Array(1...40) + [384, 1_536, 4_096] {
            let scale = Float(
                sign: .plus, exponent: Int.random(in: -120...120, using: &generator), significand: 1)
            let odd: [Float] = [0, -0.0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, 1, 65_504]
            let vector = (0..<dimension).map { _ in
                Int.random(in: 0..<10, using: &generator) == 0
                    ? odd.randomElement(using: &generator)! : generator.nextGaussian() * scale
            }
            let bytes = VectorType.float32.bytes(of: vector)
            #expect(bytes.count <= 4 * dimension)
            let read = try #require(
                VectorType.float32.vector(of: bytes, dimension: dimension), "seed \(seed)")
            #expect(
                read.map(\.bitPattern) == vector.map(\.bitPattern), "seed \(seed), \(dimension) dimensions")
        }
    }

    @Test("Every set packs and unpacks as the plain twin does", arguments: KernelSet.all)
    func twin(set: KernelSet) throws {
        for dimension in Array(1...70) + [384, 1_536, 4_096] {
            var samples = Samples(seed: UInt64(dimension))
            for vector in [samples.vector(dimension), samples.uneven(dimension)] {
                let twin = PlainPackedFloats.pack(vector)
                var packed = [UInt8](repeating: 0xa5, count: 4 * dimension)
                packed.removeLast(packed.count - set.kernels.pack_floats(vector, dimension, &packed))
                #expect(packed == twin ?? [], "dimension and seed \(dimension)")
                guard let twin else { continue }
                var read = [Float](repeating: .nan, count: dimension)
                #expect(set.kernels.unpack_floats(twin, twin.count, dimension, &read) == twin.count)
                #expect(read.map(\.bitPattern) == vector.map(\.bitPattern), "dimension and seed \(dimension)")
                #expect(PlainPackedFloats.unpack(twin, count: dimension) == read)
                for length in 0..<twin.count where length < 100 || length % 61 == 0 {
                    #expect(set.kernels.unpack_floats(twin, length, dimension, &read) == 0)
                }
            }
        }
    }

    @Test("Every exponent is one bit pattern's", arguments: [UInt32(0), 0x8000_0000])
    func everyExponent(sign: UInt32) throws {
        for exponent in UInt32(0)..<255 {
            // Of one size all, and one of them of another.
            var vector = [Float](repeating: Float(bitPattern: sign | exponent << 23 | 0x2A_AAAA), count: 16)
            vector[11] = Float(bitPattern: (254 - exponent) << 23)
            let packed = try #require(PackedFloats.pack(vector))
            let read = try #require(PackedFloats.unpack(packed, count: 16))
            #expect(read.map(\.bitPattern) == vector.map(\.bitPattern))
        }
    }

    @Test(
        "Normally distributed components, as those of embeddings are, take 27.5 bits at most",
        arguments: 1...5)
    func size(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for dimension in [128, 384, 1_536] {
            let vector = (0..<dimension).map { _ in generator.nextGaussian() * 0.05 }
            let packed = try #require(PackedFloats.pack(vector))
            #expect(8 * packed.count <= dimension * 55 / 2 + 64, "seed \(seed), \(packed.count) bytes")
        }
    }

    @Test("What packing would make longer is stored as it is")
    func notSmaller() {
        let vector = (0..<64).map { $0.isMultiple(of: 2) ? Float(0) : 0x1p-100 * 0x1p3 }
        let sizes = (0..<64).map { Float(sign: .plus, exponent: 3 * $0 - 100, significand: 1) }
        #expect(PackedFloats.pack(sizes) == nil)
        #expect(VectorType.float32.bytes(of: sizes) == littleEndianBytes(of: sizes))
        // Two sizes: half of the exponents take a byte more.
        #expect(PackedFloats.pack(vector).map { $0.count < 256 } == true)
    }

    @Test("Damaged bytes give another vector or none, and never more", arguments: 1...20)
    func damage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for dimension in [1, 7, 8, 9, 33, 384] {
            var bytes = VectorType.float32.bytes(of: (0..<dimension).map { _ in generator.nextGaussian() })
            for _ in 0..<50 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8(
                    truncatingIfNeeded: generator.next())
                if Int.random(in: 0..<4, using: &generator) == 0, bytes.count > 1 { bytes.removeLast() }
                let read = VectorType.float32.vector(of: bytes, dimension: dimension)
                #expect(read == nil || read?.count == dimension)
            }
        }
    }
}

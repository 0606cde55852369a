import Storage
import StorageConformance
import Testing

@testable import StorageSQLite

@Suite struct AttributeCodecTests {
    @Test func theBytesOfVersionOneStayTheSame() throws {
        let attributes: Attributes = [
            "w": .integer(-300), "k": .bytes([7, 8]), "é": .text("hi"),
        ]
        let bytes: [UInt8] = [
            1, 3, 2, 1, 0x6B, 2, 7, 8, 3, 1, 0x77, 0xD7, 4, 1, 2, 0xC3, 0xA9, 2, 0x68, 0x69,
        ]
        #expect(AttributeCodec.encode(attributes) == bytes)
        #expect(try decode(bytes) == attributes)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func randomAttributesComeBack(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var attributes: Attributes = [:]
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            attributes[text(&random)] = value(&random)
        }
        #expect(try decode(AttributeCodec.encode(attributes)) == attributes)
    }

    @Test func damagedBytesAreRefusedAndNeverReadBeyondTheirEnd() throws {
        let whole = AttributeCodec.encode([
            "a": .text("some text"), "b": .bytes(Array(0..<200)), "c": .integer(.max),
        ])
        for count in 0..<whole.count {
            #expect(throws: StoreError.self) { try decode(Array(whole[..<count])) }
        }
        #expect(throws: StoreError.self) { try decode(whole + [0]) }
        #expect(throws: StoreError.self) { try decode([2] + whole.dropFirst()) }
        #expect(throws: StoreError.self) { try decode([1, 1, 1, 1, 0x61, 1, 0xFF]) }
        #expect(throws: StoreError.self) { try decode([1] + [UInt8](repeating: 0xFF, count: 12)) }
        // A name twice, and names in another order than this version writes.
        #expect(throws: StoreError.self) { try decode([1, 2, 3, 1, 0x61, 0, 3, 1, 0x61, 0]) }
        #expect(throws: StoreError.self) { try decode([1, 2, 3, 1, 0x62, 0, 3, 1, 0x61, 0]) }
        // Any byte changed: another value or a refusal, never a crash.
        for (index, byte) in whole.enumerated() {
            var changed = whole
            changed[index] = byte ^ 0xFF
            #expect((try? decode(changed)) != (try decode(whole)))
        }
    }

    /// Decoded by itself; into a page, behind another row, it has to come to the same.
    private func decode(_ bytes: [UInt8]) throws -> Attributes {
        let alone = Result { try bytes.withUnsafeBytes { try AttributeCodec.decode($0) } }
        let inPage = Result {
            var builder = AttributePageBuilder()
            for row in [AttributeCodec.encode(["k": .bytes([1]), "z": .text("é")]), bytes] {
                try row.withUnsafeBytes { try AttributeCodec.decode($0, into: &builder) }
            }
            return builder.finish().attributes(ofRow: 1)
        }
        #expect((try? alone.get()) == (try? inPage.get()))
        return try alone.get()
    }

    private func text(_ random: inout SplitMix) -> String {
        let letters: [Character] = ["a", "B", "0", "\u{0}", "é", "e\u{301}", "中", "😀", "\"", " "]
        return String(
            (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? "a"
            })
    }

    private func value(_ random: inout SplitMix) -> StoredValue {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: .text(text(&random))
        case 1:
            .bytes(
                (0..<Int.random(in: 0..<300, using: &random)).map { _ in .random(in: 0...255, using: &random)
                })
        default: .integer(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        }
    }
}

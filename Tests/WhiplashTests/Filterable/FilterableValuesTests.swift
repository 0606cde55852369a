import FilterConformance
import JSON
import Testing

@testable import Whiplash

@Suite struct FilterableValuesTests {
    private func values(_ metadata: String, _ keys: [String] = ["a", "b.c"]) -> [UInt8]? {
        FilterableKeys(keys).values(of: RawJSON(checked: metadata))?.bytes
    }

    @Test("Values take few bytes")
    func bytes() {
        #expect(values("{}", []) == nil)
        #expect(values("{}") == [0, 0])
        #expect(values(#"{"a":"en","b":{"c":2021}}"#) == [4, 1, 2, 101, 110, 3, 18, 0xca, 0x0f])
        #expect(values(#"{"a":[true,null,-1]}"#) == [4, 3, 5, 17, 3, 0])
        #expect(values(#"{"a":[],"b":[{"c":{}}]}"#) == [1, 0xfe, 1, 0xfe])
    }

    @Test("Whatever is the same to every test has the same bytes")
    func canonical() {
        let first = values(#"{"a":["x","y",1,0]}"#)
        #expect(first == values(#"{"a":[-0.0,"y",1.0,"x","y"],"d":1}"#))
        #expect(first != values(#"{"a":["x","y",1,"0"]}"#))
        #expect(values(#"{"a":"x"}"#) == values(#"{"a":["x",{"b":1},["z"]]}"#))
        #expect(values(#"{"b.c":1}"#) == values(#"{"b":{"c":1}}"#))
    }

    @Test("Scalars are read back as they were", arguments: 1...3 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var chance = RandomMetadata(seed: seed)
        let keys = FilterableKeys(RandomMetadata.paths)
        for _ in 0..<400 {
            let metadata = chance.metadata()
            let values = try #require(keys.values(of: metadata))
            values.forEach(keys.names.count) { key, value in
                if EncodedValue.isUnknown(value.span) { return }
                let path = keys.names[key].split(separator: ".")
                let found = MetadataValue(of: metadata).values(at: path[...]).flatMap(\.scalars)
                var scalars: [MetadataFilter.Scalar] = []
                let isSound = EncodedValue.forEachScalar(value.span) { scalar in
                    scalars.append(Self.scalar(scalar))
                    return true
                }
                #expect(isSound)
                #expect(found.allSatisfy(scalars.contains) && scalars.allSatisfy(found.contains))
                #expect(scalars.count <= found.count)
            }
        }
    }

    private static func scalar(_ bytes: Span<UInt8>) -> MetadataFilter.Scalar {
        if let number = EncodedValue.number(bytes) { return .number(number) }
        switch bytes[0] {
        case 1:
            let text = bytes.extracting(2..<bytes.count)
            return .string(text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
        case 3: return .boolean(true)
        case 4: return .boolean(false)
        default: return .null
        }
    }

    @Test("What takes too many bytes is unknown, and nothing else of the item")
    func tooLarge() {
        func isUnknown(_ metadata: String) -> [Bool] {
            var unknown: [Bool] = []
            FilterableKeys(["a", "b"]).values(of: RawJSON(checked: metadata))?.forEach(2) { _, value in
                unknown.append(EncodedValue.isUnknown(value.span))
            }
            return unknown
        }
        func text(_ count: Int) -> String { "\"" + String(repeating: "x", count: count) + "\"" }
        #expect(isUnknown(#"{"a":\#(text(126)),"b":1}"#) == [false, false])
        #expect(isUnknown(#"{"a":\#(text(127)),"b":1}"#) == [true, false])
        #expect(
            isUnknown(#"{"a":[\#((0..<200).map(String.init).joined(separator: ","))]}"#) == [true, false])
        #expect(
            isUnknown(#"{"a":[\#([String](repeating: "7", count: 500).joined(separator: ","))]}"#) == [
                false, false,
            ])
    }

    @Test("Bytes that make no sense tell nothing", arguments: 1...5 as ClosedRange<UInt64>)
    func damaged(seed: UInt64) throws {
        var chance = RandomMetadata(seed: seed)
        let keys = FilterableKeys(["a", "b"])
        let hints = try #require(HintFilter(.holds("b", .equal(.string("a"))), keys))
        #expect(hints.verdict(FilterableValues(bytes: [])) == .unknown)
        #expect(hints.verdict(FilterableValues(bytes: [0])) == .unknown)
        #expect(hints.verdict(FilterableValues(bytes: [0, 9, 1])) == .unknown)
        #expect(hints.verdict(FilterableValues(bytes: [0, 1, 77])) == .unknown)
        for _ in 0..<2_000 {
            let count = Int(chance.generator.next() % 40)
            // None of them may crash.
            _ = hints.verdict(
                FilterableValues(
                    bytes: (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.generator.next()) }))
        }
    }
}

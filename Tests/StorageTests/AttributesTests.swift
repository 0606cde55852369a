import Storage
import StorageConformance
import Testing

/// Attributes of a row behave as a dictionary by the bytes of the names does.
@Suite struct AttributesTests {
    private static let names = [
        "", "v", "w", "é", "e\u{301}", "k", "kk", "a name of more than fifteen bytes",
    ]

    @Test(
        "Setting, replacing, removing and merging agree with a dictionary", arguments: 0..<50 as Range<UInt64>
    )
    func asADictionary(seed: UInt64) {
        var random = SplitMix(state: seed)
        var (attributes, oracle) = (Attributes(), [[UInt8]: StoredValue]())
        for _ in 0..<40 {
            let name = Self.names[Int.random(in: 0..<Self.names.count, using: &random)]
            let value =
                Bool.random(using: &random) ? StoredValue.integer(.random(in: 0..<9, using: &random)) : nil
            if let value, Bool.random(using: &random) {
                attributes.merge([name: value])
            } else {
                attributes[name] = value
            }
            oracle[Array(name.utf8)] = value
            #expect(attributes[name] == value)
        }
        #expect(
            attributes.map { Array($0.name.utf8) } == oracle.keys.sorted { $0.lexicographicallyPrecedes($1) })
        for (name, value) in attributes { #expect(oracle[Array(name.utf8)] == value, "seed \(seed)") }
    }

    @Test("Equal ones are equal and hash alike, in whatever order they were set")
    func orderOfSettingIsNothing() {
        let (left, right): (Attributes, Attributes) = (
            ["a": .integer(1), "b": .text("x")], ["b": .text("x"), "a": .integer(1)]
        )
        #expect(left == right && left.hashValue == right.hashValue)
        #expect(left != ["a": .integer(1)] && left != ["a": .integer(1), "b": .text("y")])
        #expect(["é": .integer(1)] as Attributes != ["e\u{301}": .integer(1)] as Attributes)
    }

    @Test("Appending keeps to the order of names")
    func appending() {
        var attributes: Attributes = ["b": .integer(1)]
        let taken = ["a", "b", "c"].map { attributes.append($0, .integer(2)) }
        #expect(taken == [false, false, true])
        #expect(attributes == ["b": .integer(1), "c": .integer(2)])
    }
}

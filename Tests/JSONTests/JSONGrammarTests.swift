import JSON
import Testing

/// What RFC 8259 allows and what it does not.
@Suite struct JSONGrammarTests {
    static let valid = [
        "{}", "[]", "\"\"", "0", "-0", "-0.0", "1", "10", "1.5", "-1.5e3", "1E+2", "1e-2", "0e1", "0.0e0",
        "true",
        "false", "null", " \t\r\n[ 1 , 2 ] \n", "{\"\":0}", "{\"a\":1,\"a\":2}", "[[],{}]", "\"\\u0000\"",
        "\"\\uD834\\uDD1E\"", "\"\\ud834\\udd1e\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\u{7F}\u{2028}\u{1D11E}\"",
        "1e999", "123456789012345678901234567890", "0.00000000000000000000000000000000000000000000001",
        "\"\u{FEFF}\"", "\"\\uFFFF\"",
    ]

    static let invalid = [
        "", " ", "[", "]", "{", "}", "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "[1:2]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}",
        "{,}", "{a:1}", "{'a':1}", "{\"a\",1}", "{\"a\":1 \"b\":2}", "{1:2}", "{null:1}", "'a'", "\"", "\"a",
        "\"\\\"",
        "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\U0041\"", "\"\t\"", "\"\n\"", "\"\u{0}\"", "\"\u{1F}\"",
        "\"\\uD834\"", "\"\\uDD1E\"", "\"\\uD834\\n\"", "\"\\uD834\\uD834\"", "\"\\uD834\\u0041\"",
        "\"\\uD834x\"",
        "01", "-01", "00", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "1e1.5", "0x10", "1_000", "1;5", "--1",
        "1-", "- 1",
        "NaN", "Infinity", "-Infinity", "nan", "inf", "True", "FALSE", "nul", "nulll", "truefalse",
        "undefined",
        "1 2", "{} {}", "[]]", "[] x", "{}}", "\"a\" \"b\"", "/* c */ 1", "1 // c", "\u{FEFF}1", "\u{A0}1",
        "\u{B}1",
        "[1\u{0}]", "\u{0}", "1\u{0}", "[\"a\u{0}b\"]", "\\u0031", "{\"a\":NaN}", "[-Infinity]",
    ]

    private func accepts(_ bytes: [UInt8]) -> Bool {
        (try? JSONReader.read(bytes) { reader throws(JSONError) in try reader.skip() }) != nil
    }

    @Test(arguments: valid) func acceptsWhatIsJSON(text: String) {
        #expect(accepts(Array(text.utf8)))
        #expect(accepts(Array("[\(text),{\"a\":\(text)}]".utf8)))
    }

    @Test(arguments: invalid) func refusesWhatIsNot(text: String) {
        #expect(!accepts(Array(text.utf8)))
        #expect(!accepts(Array("{\"a\":[0,\(text)]}".utf8)))
    }

    @Test("Reading a value as itself is as strict as reading past it", arguments: valid + invalid)
    func readingAgreesWithSkipping(text: String) {
        let bytes = Array(text.utf8)
        let read = try? JSONReader.read(bytes) { reader throws(JSONError) in
            try reader.peekKind() == .number ? .null : try Tree.read(&reader)
        }
        let isNumber = text.utf8.contains { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } && read == nil
        #expect(isNumber || (read != nil) == accepts(bytes))
    }

    @Test(
        "Bytes that are not UTF-8 are refused, wherever they stand",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x80, 0x80], [0xE0, 0xA0],
            [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x90, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28],
        ] as [[UInt8]])
    func refusesBadUTF8(bad: [UInt8]) throws {
        for padding in 0..<17 {
            let start = Array("\"\(String(repeating: "a", count: padding))".utf8)
            let error = try #require(throws: JSONError.self) {
                try JSONReader.read(start + bad + Array("\"".utf8)) { reader throws(JSONError) in
                    try reader.readString()
                }
            }
            #expect(error.offset == start.count)
        }
    }

    @Test func acceptsEveryScalarOfUnicode() throws {
        for value in UInt32(0x20)...0x10_FFFF {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            var bytes = Array("\"".utf8)
            bytes += UTF8.encode(scalar).map(Array.init) ?? []
            bytes.append(UInt8(ascii: "\""))
            let read = try JSONReader.read(bytes) { reader throws(JSONError) in try reader.readString() }
            if read.unicodeScalars.elementsEqual([scalar]) { continue }
            Issue.record("U+\(String(value, radix: 16))")
        }
    }

    @Test func nestsToTheLimitAndNoDeeper() {
        for (depth, isAccepted) in [(64, true), (65, false), (100_000, false)] {
            #expect(accepts(Array("[".utf8.repeated(depth)) + Array("]".utf8.repeated(depth))) == isAccepted)
        }
        #expect(!accepts(Array("{\"a\":".utf8.repeated(65))))
    }

    @Test(arguments: seeds) func refusesEveryPrefixOfADocument(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let bytes = JSONWriter.bytes(Tree.array([.random(depth: 4, using: &generator)]))
            for length in 0..<bytes.count where accepts(Array(bytes[..<length])) {
                Issue.record("accepted \(length) bytes of \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test("Any bytes are read or refused, without a crash", arguments: seeds)
    func survivesAnyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var bytes = JSONWriter.bytes(Tree.array([.random(depth: 3, using: &generator)]))
            for _ in 0..<Int.random(in: 1..<4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8(
                    truncatingIfNeeded: generator.next())
            }
            let tree = try? JSONReader.read(bytes) { reader throws(JSONError) in try reader.readRaw() }
            #expect((tree != nil) == accepts(bytes))
        }
    }
}

extension Sequence {
    func repeated(_ count: Int) -> [Element] { (0..<count).flatMap { _ in self } }
}

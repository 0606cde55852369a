import JSON
import Testing

@Suite struct JSONReaderTests {
    private func read<Value>(
        _ text: String, _ body: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        try JSONReader.read(Array(text.utf8), body)
    }

    private func message(_ text: String, _ body: (inout JSONReader) throws(JSONError) -> Void) throws
        -> String
    {
        try #require(throws: JSONError.self) { try read(text, body) }.description
    }

    @Test(arguments: seeds) func readsWhatTheWriterWrites(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let tree = Tree.random(depth: 5, using: &generator)
            let bytes = JSONWriter.bytes(tree)
            #expect(try JSONReader.read(bytes) { reader throws(JSONError) in try Tree.read(&reader) } == tree)
        }
    }

    @Test func handsOutKeysInOrderAndTwiceWhenTheyComeTwice() throws {
        var keys: [String] = []
        try read(" { \"b\" : 1 , \"a\" : [ ] , \"b\" : { } } ") { reader throws(JSONError) in
            try reader.readObject { key, reader throws(JSONError) in
                keys.append(key)
                try reader.skip()
            }
        }
        #expect(keys == ["b", "a", "b"])
    }

    @Test("The end of a string, an escape or a control character is seen wherever it stands")
    func seesWhatEndsPlainText() throws {
        // Those that differ from the special ones in a bit, and the first and last of the others.
        let plain = ["\u{20}", "!", "#", "\u{7F}", "]", "[", "é", "\u{FF}", "\u{10FFFF}"]
        for length in 0..<24 {
            for filler in plain {
                let text = String(repeating: filler, count: length)
                #expect(
                    try read("\"\(text)\"") { reader throws(JSONError) in try reader.readString() } == text)
                #expect(
                    try read("\"\(text)\\n\(text)\"") { reader throws(JSONError) in try reader.readString() }
                        == "\(text)\n\(text)")
                for control in ["\u{0}", "\u{1}", "\n", "\u{1F}"] {
                    let error = try #require(throws: JSONError.self) {
                        try read("\"\(text)\(control)\(text)\"") { reader throws(JSONError) in
                            try reader.readString()
                        }
                    }
                    #expect(error.offset == 1 + text.utf8.count)
                }
            }
        }
    }

    @Test func resolvesEscapes() throws {
        let text = try read(#""\u0041\u00e9\u20AC\uD834\uDD1E\"\\\/\b\f\n\r\t plain""#) {
            reader throws(JSONError) in
            try reader.readString()
        }
        #expect(text == "Aé€𝄞\"\\/\u{8}\u{C}\n\r\t plain")
    }

    @Test func givesRawValuesAsWritten() throws {
        let text = #"{"n": 9007199254740993, "x": [1.0, 1e2,"\u0041"] }"#
        let raw = try read("  \(text)\n") { reader throws(JSONError) in try reader.readRaw() }
        #expect(raw.text == text)
    }

    @Test("An error tells the way to the value at fault")
    func errorsCarryPaths() throws {
        let body = #"{"vectors":[{"id":"a"},{"id":7}]}"#
        let error = try #require(throws: JSONError.self) {
            try read(body) { reader throws(JSONError) in
                try reader.readObject { _, reader throws(JSONError) in
                    try reader.readArray { _, reader throws(JSONError) in
                        try reader.readObject { _, reader throws(JSONError) in _ = try reader.readString() }
                    }
                }
            }
        }
        #expect(error.field == "vectors[1].id")
        #expect(error.offset == 29)
        #expect(error.description == "vectors[1].id: expected a string, received a number")
    }

    @Test func namesTheKindsThatDiffer() throws {
        #expect(
            try message("[]") { reader throws(JSONError) in _ = try reader.readString() }
                == "expected a string, received an array")
        #expect(
            try message("null") { reader throws(JSONError) in _ = try reader.readDouble() }
                == "expected a number, received null")
        #expect(
            try message("\"\"") { reader throws(JSONError) in _ = try reader.readBool() }
                == "expected a boolean, received a string")
        #expect(
            try message("{}") { reader throws(JSONError) in try reader.readArray { _, _ in } }
                == "expected an array, received an object")
        #expect(
            try message("1") { reader throws(JSONError) in try reader.readObject { _, _ in } }
                == "expected an object, received a number")
        #expect(
            try message("true") { reader throws(JSONError) in try reader.readNull() }
                == "expected null, received a boolean")
        #expect(
            try message("\"a b\"") { reader throws(JSONError) in _ = try reader.readBase64() }
                == "expected base64, received another string")
    }

    @Test func carriesTheCallersOwnRefusal() throws {
        struct Refusal: Error {}
        let error = try #require(throws: JSONError.self) {
            try read(#"{"a":[1]}"#) { reader throws(JSONError) in
                try reader.readObject { _, reader throws(JSONError) in
                    try reader.readArray { _, reader throws(JSONError) in throw reader.refusal(Refusal()) }
                }
            }
        }
        guard case .refused(let reason) = error.kind else { throw error }
        #expect(reason is Refusal)
        #expect(error.field == "a[0]")
    }

    @Test func saysWhereAndWhyATextIsNotJSON() throws {
        func skip(_ text: String) throws -> String {
            try message(text) { reader throws(JSONError) in try reader.skip() }
        }
        #expect(try skip("{\"a\":1,}") == "not JSON at byte 7: expected a key in quotes")
        #expect(try skip("[1, NaN]").contains("NaN and Infinity are not JSON"))
        #expect(try skip("[1, -Infinity]").contains("NaN and Infinity are not JSON"))
        #expect(try skip("[1") == "not JSON at byte 2: the text ends too early")
        #expect(try skip("[] []") == "not JSON at byte 3: something follows the value")
    }
}

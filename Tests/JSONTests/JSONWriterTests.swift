import JSON
import Testing

@Suite struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func putsCommasWhereTheyBelong() {
        let written = text { writer in
            writer.writeObject { writer in
                writer.member("a", 1)
                writer.key("b")
                writer.writeArray { writer in
                    writer.write("x")
                    writer.writeObject { _ in }
                    writer.writeArray { _ in }
                    writer.writeNull()
                    writer.write(true)
                }
                writer.member("c", RawJSON(checked: "{\"n\": 1.0}"))
                writer.key("d")
                writer.write(base64: [1, 2])
                writer.member("e", false)
            }
        }
        #expect(written == #"{"a":1,"b":["x",{},[],null,true],"c":{"n": 1.0},"d":"AQI=","e":false}"#)
    }

    @Test func escapesWhatHasToBe() {
        #expect(
            text { $0.write("\"\\/\n\r\t\u{0}\u{1F}\u{7F}é𝄞") }
                == "\"\\\"\\\\/\\n\\r\\t\\u0000\\u001f\u{7F}é𝄞\"")
        #expect(text { $0.writeObject { $0.member("\"", "") } } == #"{"\"":""}"#)
    }

    @Test func writesShortNumbers() {
        #expect(
            text { $0.write(floats: [0, -0.0, 1, 0.1, 1e-5, 1e20, -2.5]) }
                == "[0.0,-0.0,1.0,0.1,1e-05,1e+20,-2.5]")
        #expect(text { $0.write(Int64.min) } == "-9223372036854775808")
    }

    @Test("Floats of any size have the text that the standard library gives them", arguments: seeds)
    func writesTheShortestDecimals(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func sample() -> [Float] {
            let bits = UInt32(truncatingIfNeeded: generator.next())
            let short = Float(Int.random(in: -99_999...99_999, using: &generator))
            // As embeddings are, of any size, of few digits, next to those, and of few bits.
            return [
                Float.random(in: -0.3...0.3, using: &generator),
                Float.random(in: -1e6...1e6, using: &generator),
                Float(bitPattern: bits), Float(bitPattern: bits & 0x1FFF_FFFF | 0x3000_0000), short / 1e5,
                short / 8,
                (short / 1e3).nextUp, (short / 1e4).nextDown, Float(bitPattern: bits & 0xFFF0_0000),
            ].map { $0.isFinite ? $0 : 0 }
        }
        for count in 0..<1000 {
            let values = Array((0...count / 2).flatMap { _ in sample() }.prefix(count))
            let texts = text { $0.write(floats: values) }.dropFirst().dropLast().split(separator: ",")
            guard texts.map(String.init) != values.map(\.description) else { continue }
            for (text, value) in zip(texts, values) where text != value.description {
                Issue.record("\(value) was written as \(text)")
            }
            #expect(texts.count == count)
        }
    }

    @Test func writesFloatsAmongOtherValues() {
        let written = text { writer in
            writer.writeArray { writer in
                writer.write(floats: [])
                writer.write(floats: [0.25])
                writer.write(floats: [Float](repeating: 0.5, count: 400))
                writer.write("end")
            }
        }
        #expect(
            written == "[[],[0.25],[\(Array(repeating: "0.5", count: 400).joined(separator: ","))],\"end\"]")
    }

    @Test func writesNullForWhatIsNotFinite() {
        #expect(text { $0.write(floats: [.nan, .infinity, -.infinity]) } == "[null,null,null]")
        #expect(text { $0.write(Double.nan) } == "null")
    }

    @Test func passesOnWhatTheBodyThrows() {
        struct Refusal: Error {}
        var writer = JSONWriter()
        #expect(throws: Refusal.self) {
            try writer.writeArray { _ throws(Refusal) in throw Refusal() }
        }
    }
}

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

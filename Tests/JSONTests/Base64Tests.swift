import Foundation
import JSON
import Testing

@Suite struct Base64Tests {
    @Test(
        "The test vectors of RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func testVectors(plain: String, encoded: String) {
        #expect(JSONWriter.bytes(Encoded(bytes: Array(plain.utf8))) == Array("\"\(encoded)\"".utf8))
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: seeds) func anyBytesRoundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            let text = JSONWriter.bytes(Encoded(bytes: bytes))
            #expect(
                try JSONReader.read(text) { reader throws(JSONError) in try reader.readBase64() } == bytes)
        }
    }

    @Test("Texts of every length are those that Foundation writes", arguments: seeds)
    func agreesWithFoundation(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            let expected = "\"\(Data(bytes).base64EncodedString())\""
            #expect(JSONWriter.bytes(Encoded(bytes: bytes)) == Array(expected.utf8))
        }
    }

    @Test("A character that is not of the alphabet is refused wherever it stands")
    func refusesAtEveryPlace() {
        let text = Array(Data((0..<40).map { UInt8($0 * 5) }).base64EncodedString().utf8)
        #expect(Base64.decode(String(decoding: text, as: UTF8.self)) != nil)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        let others = Set<UInt8>(0..<0x80).subtracting(alphabet.utf8)
        // The last two are padding.
        for place in 0..<text.count - 2 {
            for other in others {
                var broken = text
                broken[place] = other
                #expect(Base64.decode(String(decoding: broken, as: UTF8.self)) == nil)
            }
        }
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Zg==Zg==", "Z===", "Zm9v ", " Zm9v", "Zm\n9v", "Zm-_",
        "Zm9=v", "Zh==",
        "Zm9=", "Zm9é", "Zg=a",
    ])
    func refusesWhatIsNotCanonical(text: String) { #expect(Base64.decode(text) == nil) }

    @Test func readsEscapedSolidi() throws {
        let bytes = try JSONReader.read(Array(#"["\/\/\/\/",1]"#.utf8)) { reader throws(JSONError) in
            var bytes: [UInt8] = []
            try reader.readArray { index, reader throws(JSONError) in
                if index == 0 { bytes = try reader.readBase64() } else { try reader.skip() }
            }
            return bytes
        }
        #expect(bytes == [0xFF, 0xFF, 0xFF])
    }
}

private struct Encoded: JSONWritable {
    var bytes: [UInt8]

    func write(to writer: inout JSONWriter) { writer.write(base64: bytes) }
}

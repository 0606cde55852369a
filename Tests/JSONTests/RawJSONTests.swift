import JSON
import Testing

@Suite struct RawJSONTests {
    @Test(
        "The examples of RFC 7396, appendix A",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
            (#"{"a":"foo"}"#, #"null"#, #"null"#),
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func mergePatches(target: String, patch: String, result: String) {
        #expect(RawJSON(checked: target).merged(with: RawJSON(checked: patch)).text == result)
    }

    @Test func mergingKeepsNumbersAsWritten() {
        let target = RawJSON(checked: #"{"n": 9007199254740993, "x": 1.10, "d":{"y":1e400}}"#)
        let merged = target.merged(
            with: RawJSON(checked: #"{"d": {"z": 0.10}, "m":12345678901234567890123}"#))
        #expect(
            merged.text
                == #"{"n":9007199254740993,"x":1.10,"d":{"y":1e400,"z":0.10},"m":12345678901234567890123}"#)
    }

    @Test("Keys that Swift compares as equal and whose bytes differ are two keys")
    func keysAreBytes() {
        let merged = RawJSON(checked: "{\"\u{E9}\":1}").merged(
            with: RawJSON(checked: "{\"e\u{301}\":2,\"\\u00e9\":3}"))
        #expect(merged.text.utf8.elementsEqual("{\"\u{E9}\":3,\"e\u{301}\":2}".utf8))
    }

    @Test func manyRemovalsStayQuick() {
        let keys = (0..<20_000).map { "\"k\($0)\"" }
        let target = RawJSON(checked: "{\(keys.map { "\($0):1" }.joined(separator: ","))}")
        let patch = RawJSON(checked: "{\(keys.map { "\($0):null" }.joined(separator: ","))}")
        let clock = ContinuousClock()
        let time = clock.measure { #expect(target.merged(with: patch).text == "{}") }
        #expect(time < .seconds(5))
    }

    @Test func tellsObjectsFromOthers() throws {
        #expect(RawJSON(checked: " \n{}").isObject)
        #expect(!RawJSON(checked: "[{}]").isObject)
        #expect(try RawJSON(parsing: " {\"a\" : 1} ").text == "{\"a\" : 1}")
        #expect(throws: JSONError.self) { try RawJSON(parsing: "{") }
    }
}

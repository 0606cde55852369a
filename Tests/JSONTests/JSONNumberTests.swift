import JSON
import Testing

@Suite struct JSONNumberTests {
    private func float(_ text: String) throws(JSONError) -> Float {
        try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in try reader.readFloat() }
    }

    private func double(_ text: String) throws(JSONError) -> Double {
        try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in try reader.readDouble() }
    }

    private func integer(_ text: String) throws(JSONError) -> Int {
        try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in try reader.readInteger() }
    }

    private func floats(_ text: String) throws(JSONError) -> [Float] {
        try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in
            var values: [Float] = []
            try reader.readFloats(into: &values)
            return values
        }
    }

    @Test(
        "Floats of any bits come back bit for bit, from our text and from that of a double", arguments: seeds)
    func floatsRoundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<50_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
            .filter(\.isFinite)
        var writer = JSONWriter()
        writer.write(floats: values)
        let read = try floats(String(decoding: writer.bytes, as: UTF8.self))
        #expect(read.map(\.bitPattern) == values.map(\.bitPattern))

        let asDoubles = "[\(values.map { "\(Double($0))" }.joined(separator: ","))]"
        #expect(try floats(asDoubles).map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test("Reading agrees with the standard library on random decimals", arguments: seeds)
    func agreesWithTheStandardLibrary(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50_000 {
            let digits = String(generator.next() >> UInt64.random(in: 0..<64, using: &generator))
            let point = Int.random(in: 0...digits.count, using: &generator)
            let whole = point == 0 ? "0" : String(digits.prefix(point))
            let fraction = point == digits.count ? "" : "." + digits.dropFirst(point)
            let exponent =
                Bool.random(using: &generator) ? "e\(Int.random(in: -60...30, using: &generator))" : ""
            let text = "-\(whole)\(fraction)\(exponent)"
            #expect(try double(text) == Double(text), "\(text)")
            guard let expected = Float(text), expected.isFinite else { continue }
            #expect(try float(text).bitPattern == expected.bitPattern, "\(text)")
        }
    }

    @Test(
        "Decimals at the midpoint of two floats round to even, and just beside it to the nearer",
        arguments: seeds)
    func midpointsRoundCorrectly(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let mantissa = Int.random(in: 1 << 23..<1 << 24, using: &generator)
            // mantissa + ½ is midway between two floats; a digit far behind decides.
            #expect(try float("\(mantissa).5") == Float(mantissa.isMultiple(of: 2) ? mantissa : mantissa + 1))
            #expect(try float("\(mantissa).50000000001") == Float(mantissa + 1))
            #expect(try float("\(mantissa).49999999999") == Float(mantissa))
            #expect(try float("\(mantissa).500000000000000000000000000001") == Float(mantissa + 1))
        }
    }

    @Test func readsTheEndsOfTheRange() throws {
        #expect(try float("3.4028234663852886e38") == .greatestFiniteMagnitude)
        #expect(try float("3.4028235e38") == .greatestFiniteMagnitude)
        #expect(try float("1e-45") == .leastNonzeroMagnitude)
        #expect(try float("1.1754943508222875e-38") == .leastNormalMagnitude)
        #expect(try float("1e-400") == 0)
        #expect(try double("1.7976931348623157e308") == .greatestFiniteMagnitude)
        #expect(try double("5e-324") == .leastNonzeroMagnitude)
        #expect(try double("0e999999999999999999999") == 0)
        #expect(try double("1e-999999999999999999999") == 0)
        #expect(try double("0.\(String(repeating: "0", count: 400))1e401") == 1)
        #expect(try double("1\(String(repeating: "0", count: 400))e-400") == 1)
        #expect(try float("-0").sign == .minus)
    }

    @Test("A number that is finite as text and overflows is an error that names its place")
    func overflowIsAnError() throws {
        let error = try #require(throws: JSONError.self) { try floats("[1, 2, 3.5e38]") }
        #expect(
            error.description
                == "[2]: expected a number of 32-bit floating point, received a number out of range")
        for text in ["1e39", "-1e39", "3.4028236e38", "1e999", "1\(String(repeating: "0", count: 50))"] {
            #expect(throws: JSONError.self) { try float(text) }
        }
        #expect(throws: JSONError.self) { try double("1e309") }
        #expect(throws: JSONError.self) { try double("-1e99999999999999999999999999") }
    }

    @Test func readsWholeNumbersOnly() throws {
        #expect(try integer("0") == 0)
        #expect(try integer("-0") == 0)
        #expect(try integer("9223372036854775807") == .max)
        #expect(try integer("-9223372036854775808") == .min)
        #expect(try integer("3.0") == 3)
        #expect(try integer("3e2") == 300)
        for text in ["9223372036854775808", "1e19", "1e999", "\(String(repeating: "9", count: 400))"] {
            let error = try #require(throws: JSONError.self) { try integer(text) }
            #expect(error.description.hasSuffix("received a number out of range"))
        }
        let error = try #require(throws: JSONError.self) { try integer("2.5") }
        #expect(error.description == "expected a whole number, received a fraction")
    }

    @Test func namesWhatAnArrayOfNumbersHoldsInstead() throws {
        let error = try #require(throws: JSONError.self) { try floats("[1, \"2\"]") }
        #expect(error.description == "[1]: expected a number, received a string")
        let other = try #require(throws: JSONError.self) { try floats("\"a\"") }
        #expect(other.description == "expected an array of numbers, received a string")
    }
}

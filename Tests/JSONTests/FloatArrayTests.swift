import JSON
import Testing

/// `readFloats` takes a short way with most numbers. Number by number `readFloat` and the standard library are its oracles.
@Suite struct FloatArrayTests {
    /// What reading an array gives: the bits of its numbers, or what is wrong and where.
    private enum Outcome: Equatable {
        case numbers([UInt32])
        case fault(String, offset: Int)
    }

    private func outcome(
        _ text: [UInt8], _ read: (inout JSONReader, inout [Float]) throws(JSONError) -> Void
    ) -> Outcome {
        do throws(JSONError) {
            return try JSONReader.read(text) { reader throws(JSONError) in
                var values: [Float] = []
                try read(&reader, &values)
                return .numbers(values.map(\.bitPattern))
            }
        } catch {
            return .fault(error.description, offset: error.offset)
        }
    }

    private func read(_ text: [UInt8]) -> Outcome {
        outcome(text) { reader, values throws(JSONError) in try reader.readFloats(into: &values) }
    }

    private func readOneByOne(_ text: [UInt8]) -> Outcome {
        outcome(text) { reader, values throws(JSONError) in
            try reader.readArray { _, reader throws(JSONError) in values.append(try reader.readFloat()) }
        }
    }

    /// Reads the numbers as one array, and expects the nearest `Float` of each.
    private func expectNearest(_ texts: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let array = Array("[\(texts.joined(separator: ","))]".utf8)
        var values: [Float] = []
        try JSONReader.read(array) { reader throws(JSONError) in try reader.readFloats(into: &values) }
        try #require(values.count == texts.count, sourceLocation: sourceLocation)
        for (text, value) in zip(texts, values) where value.bitPattern != Float(text)?.bitPattern {
            Issue.record("\(text) was read as \(value)", sourceLocation: sourceLocation)
        }
    }

    private static let batches = 40
    private static let batch = 2500

    @Test("Doubles and floats of every size, in their shortest text", arguments: seeds)
    func shortestTexts(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<Self.batches {
            try expectNearest(
                (0..<Self.batch).map { _ in "\(Double(Self.finite(using: &generator)))" }
                    + (0..<Self.batch).map { _ in "\(Self.finite(using: &generator))" })
        }
    }

    @Test("Doubles that are no floats, as embeddings are and of every size", arguments: seeds)
    func doubles(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<Self.batches {
            try expectNearest(
                (0..<Self.batch).map { _ in "\(Double.random(in: -0.2...0.2, using: &generator))" }
                    + (0..<Self.batch).map { _ in
                        let exponent = Int.random(in: -48...37, using: &generator)
                        return "\(Double.random(in: 1..<10, using: &generator))e\(exponent)"
                    })
        }
    }

    @Test("Any number of digits before and behind the point, with and without an exponent", arguments: seeds)
    func anyDigits(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func digits(_ counts: ClosedRange<Int>) -> String {
            let count = Int.random(in: counts, using: &generator)
            let zeros = Int.random(in: 0...count, using: &generator)
            let isPadded = Bool.random(using: &generator)
            return String((0..<count).map { isPadded && $0 < zeros ? "0" : Self.digit(using: &generator) })
        }
        func number() -> String {
            let whole = String(digits(0...12).drop { $0 == "0" })
            let fraction = Int.random(in: 0..<8, using: &generator) == 0 ? "" : "." + digits(1...28)
            let exponents = [
                "", "", "e\(Int.random(in: -60...20, using: &generator))", "E+0", "e-07", "e000",
            ]
            let sign = Bool.random(using: &generator) ? "-" : ""
            return sign + (whole.isEmpty ? "0" : whole) + fraction
                + (exponents.randomElement(using: &generator) ?? "")
        }
        for _ in 0..<Self.batches {
            try expectNearest((0..<Self.batch).map { _ in number() })
        }
    }

    @Test("Midway between two floats, to even; a digit far behind decides", arguments: seeds)
    func midpoints(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<Self.batches {
            var texts: [String] = []
            for _ in 0..<100 {
                let midpoint = Self.midpoint(using: &generator)
                texts += ["", "0", "1", "00000000000000000001"].map { midpoint + $0 }
                // One less in the last place, and then as near from below as wished.
                texts.append(String(midpoint.dropLast()) + "4" + "9999999999")
                // Doubles so near that a few roundings lead to the wrong side, and with the point moved for more of them.
                let double = Double(midpoint) ?? 0
                for units in -4...4 {
                    let text = "\(double + Double(units) * double.ulp)"
                    texts.append(text)
                    texts.append(Self.movingPoint(of: text, to: Int.random(in: 1...9, using: &generator)))
                }
            }
            try expectNearest(texts)
        }
    }

    @Test("Near the ends of the range, where a float has fewer digits or is none", arguments: seeds)
    func ends(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func subnormal() -> String {
            let bits = UInt32.random(in: 0..<1 << 24, using: &generator)
            return "\(Double(Float(bitPattern: bits)) * Double.random(in: 0.9...1.1, using: &generator))"
        }
        for _ in 0..<Self.batches { try expectNearest((0..<Self.batch).map { _ in subnormal() }) }
        try expectNearest([
            "0", "-0", "0.0", "-0.0", "0e5", "-0e-99", "0.00000000000000000000000", "1e-45", "7e-46",
            "7.1e-46",
            "1.1754943508222875e-38", "1.17549435e-38", "1.2e-38", "3.4028234663852886e38", "3.4028235e38",
            "3.4e38",
            "340282346638528860000000000000000000000.0", "16777217", "16777217.0", "16777219.0000000000000",
            "999999999.99999999999999999999999", "9999999999.5", "1e-99", "1.5e-100", "0.1e-044",
        ])
        for text in ["3.4028236e38", "-3.5e38", "1e39", "9e99", "1e100"] {
            let array = Array("[1,2, \(text), 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]".utf8)
            #expect(read(array) == readOneByOne(array))
            guard case .fault(let description, offset: 6) = read(array) else {
                Issue.record("\(text) was taken")
                continue
            }
            #expect(description.hasPrefix("[2]: "))
        }
    }

    @Test("Any white space, and any end of the text", arguments: seeds)
    func whiteSpace(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let spaces = ["", " ", "  ", "\n", "\r\n\t", " \n"]
        for count in 0..<700 {
            let isEven = Bool.random(using: &generator)
            let even = spaces.randomElement(using: &generator) ?? ""
            func space() -> String { isEven ? even : spaces.randomElement(using: &generator) ?? "" }
            let numbers = (0..<count).map { _ in "\(Double.random(in: -1...1, using: &generator))" }
            let elements = numbers.map { space() + $0 + space() }.joined(separator: ",")
            let text = Array("[\(count == 0 ? space() : elements)]\(space())".utf8)
            #expect(read(text) == .numbers(numbers.compactMap { Float($0)?.bitPattern }))
        }
    }

    @Test(
        "What is wrong with a broken text, and where, is what reading number by number tells",
        arguments: seeds)
    func brokenTexts(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = Array("0123456789.eE+-,,[]{}\" \tnNI/:\u{0}~".utf8) + [0x80, 0xC3, 0xFF]
        var faults = 0
        for _ in 0..<4000 {
            let separator = Bool.random(using: &generator) ? "," : ", "
            let count = Int.random(in: 1...8, using: &generator)
            let numbers = (0..<count).map { _ in "\(Self.finite(using: &generator))" }
            var text = Array("[\(numbers.joined(separator: separator))]".utf8)
            // Room behind it, so that the short way is taken to the last.
            text += Array(repeating: UInt8(ascii: " "), count: Int.random(in: 0...1, using: &generator) * 64)
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let place = Int.random(in: 0..<text.count, using: &generator)
                let byte = bytes.randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: text[place] = byte
                case 1: text.insert(byte, at: place)
                default: text.remove(at: place)
                }
            }
            guard text.first == UInt8(ascii: "[") else { continue }
            let outcome = read(text)
            #expect(outcome == readOneByOne(text), "\(String(decoding: text, as: UTF8.self))")
            if case .fault = outcome { faults += 1 }
        }
        #expect(faults > 1000)
    }

    // MARK: Samples

    private static func finite(using generator: inout SeededGenerator) -> Float {
        while true {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            if value.isFinite { return value }
        }
    }

    private static func digit(using generator: inout SeededGenerator) -> Character {
        "0123456789".randomElement(using: &generator) ?? "0"
    }

    /// The same number with so many digits before its point, and an exponent.
    private static func movingPoint(of text: String, to place: Int) -> String {
        guard !text.contains("e"), let point = text.firstIndex(of: ".") else { return text }
        let digits = text.replacing(".", with: "")
        let significant = String(digits.drop { $0 == "0" })
        let before = text.distance(from: text.startIndex, to: point) - (digits.count - significant.count)
        guard significant.count > place else { return text }
        return "\(significant.prefix(place)).\(significant.dropFirst(place))e\(before - place)"
    }

    /// All digits of a number midway between two floats from 2^-14 to 2^24, which end in 5.
    private static func midpoint(using generator: inout SeededGenerator) -> String {
        let exponent = Int.random(in: -14...23, using: &generator)
        let significand = Int.random(in: 1 << 23..<1 << 24, using: &generator) * 2 + 1
        // significand × 2^(exponent - 24), digit by digit.
        let places = 24 - exponent
        let whole = significand >> places
        var (rest, digits) = (significand & (1 << places - 1), "")
        for _ in 0..<places {
            rest *= 10
            digits += "\(rest >> places)"
            rest &= 1 << places - 1
        }
        return "\(whole).\(digits)"
    }
}

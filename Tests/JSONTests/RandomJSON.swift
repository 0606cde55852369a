import JSON

/// SplitMix64: small, and the same sequence for a seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

/// Two seeds that stay and one that does not; a failure shows which it was.
let seeds: [UInt64] = [1, 42, UInt64.random(in: 0 ... .max)]

/// A JSON value as a tree, to compare what was written with what is read.
indirect enum Tree: Equatable {
    case object([Member])
    case array([Tree])
    case string([UInt8])
    case integer(Int)
    case double(UInt64)
    case boolean(Bool)
    case null

    struct Member: Equatable {
        var key: [UInt8]
        var value: Tree
    }
}

extension Tree {
    static func random(depth: Int, using generator: inout SeededGenerator) -> Tree {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: .string(Array(randomText(using: &generator).utf8))
        case 1:
            .integer(Int(truncatingIfNeeded: generator.next()) >> Int.random(in: 0..<64, using: &generator))
        case 2: .double(finiteBits(using: &generator))
        case 3: .boolean(Bool.random(using: &generator))
        case 4: .null
        case 5:
            .array(
                (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
                    random(depth: depth - 1, using: &generator)
                })
        default:
            .object(
                (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
                    member(depth: depth - 1, using: &generator)
                })
        }
    }

    private static func member(depth: Int, using generator: inout SeededGenerator) -> Member {
        Member(key: Array(randomText(using: &generator).utf8), value: random(depth: depth, using: &generator))
    }

    /// The bits of a `Double` that is finite and not whole, since whole ones are read as integers.
    private static func finiteBits(using generator: inout SeededGenerator) -> UInt64 {
        while true {
            let value = Double(bitPattern: generator.next())
            if value.isFinite, value != value.rounded() { return value.bitPattern }
        }
    }

    private static func randomText(using generator: inout SeededGenerator) -> String {
        let samples: [ClosedRange<UInt32>] = [
            0...0x7F, 0x20...0x7E, 0x80...0x7FF, 0x800...0xD7FF, 0x1_0000...0x10_FFFF,
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            let range = samples[Int.random(in: 0..<samples.count, using: &generator)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Tree: JSONWritable {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .object(let members):
            writer.writeObject { writer in
                for member in members {
                    writer.member(String(decoding: member.key, as: UTF8.self), member.value)
                }
            }
        case .array(let elements):
            writer.writeArray { writer in
                for element in elements { writer.write(element) }
            }
        case .string(let text): writer.write(String(decoding: text, as: UTF8.self))
        case .integer(let value): writer.write(value)
        case .double(let bits): writer.write(Double(bitPattern: bits))
        case .boolean(let value): writer.write(value)
        case .null: writer.writeNull()
        }
    }

    static func read(_ reader: inout JSONReader) throws(JSONError) -> Tree {
        switch try reader.peekKind() {
        case .object:
            var members: [Member] = []
            try reader.readObject { key, reader throws(JSONError) in
                members.append(Member(key: Array(key.utf8), value: try read(&reader)))
            }
            return .object(members)
        case .array:
            var elements: [Tree] = []
            try reader.readArray { _, reader throws(JSONError) in elements.append(try read(&reader)) }
            return .array(elements)
        case .string: return .string(Array(try reader.readString().utf8))
        case .number: return try readNumber(&reader)
        case .boolean: return .boolean(try reader.readBool())
        case .null:
            try reader.readNull()
            return .null
        }
    }

    private static func readNumber(_ reader: inout JSONReader) throws(JSONError) -> Tree {
        let text = try reader.readRaw().text
        return try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in
            let isWhole = text.utf8.allSatisfy {
                $0 == UInt8(ascii: "-") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
            }
            return isWhole ? .integer(try reader.readInteger()) : .double(try reader.readDouble().bitPattern)
        }
    }
}

import JSON
import VectorIndex
import Whiplash

/// Metadata and filters that speak of each other: few keys and few values, in objects and arrays, and some that are hard on whoever
/// keeps them in few bytes.
public struct RandomMetadata: Sendable {
    public var generator: SeededGenerator

    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private static let keys = ["a", "b", "a.b", "c", "é"]
    /// What filters speak of: what is there, what is below, and what never is.
    public static let paths = ["a", "b", "a.b", "c", "é", "b.a", "b.c", "c.a.b", "missing"]

    /// Equal ones in several spellings, numbers where float64 ends being exact, strings too long for a row.
    private static let scalars = [
        "null", "true", "false", "0", "-0.0", "1", "1.0", "10e-1", "2", "-3", "2.5", "1e300", "-1e-300",
        "9007199254740992", "9007199254740994", "-9007199254740991", "255", "256", "65536",
        #""""#, #""a""#, #""\u0061""#, #""b""#, #""0""#, #""é""#, #""e\u0301""#, #""\u0000""#,
        "\"" + String(repeating: "x", count: 126) + "\"", "\"" + String(repeating: "x", count: 127) + "\"",
        "\"" + String(repeating: "x", count: 300) + "\"",
    ]

    private mutating func choose(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

    /// Of an item; nil now and then.
    public mutating func metadata() -> RawJSON? {
        choose(12) == 0 ? nil : RawJSON(checked: object(depth: 2))
    }

    private mutating func object(depth: Int) -> String {
        let members = Self.keys.filter { _ in choose(10) < 6 }.map { key in
            "\"\(key)\":\(value(depth: depth))"
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func value(depth: Int) -> String {
        switch depth > 0 ? choose(10) : 9 {
        case 0: return object(depth: depth - 1)
        case 1, 2:
            // Rarely more than a row has room for.
            let count = choose(20) == 0 ? 80 : choose(4)
            let elements = (0..<count).map { count > 4 ? "\($0)" : value(depth: depth - 1) }
            return "[" + elements.joined(separator: ",") + "]"
        default: return Self.scalars[choose(Self.scalars.count)]
        }
    }

    /// - Parameter paths: Those that it may speak of.
    public mutating func filter(of paths: [String] = Self.paths, depth: Int = 2) -> MetadataFilter {
        let count = choose(4)
        switch depth > 0 ? choose(7) : 6 {
        case 0: return .and((0..<count).map { _ in filter(of: paths, depth: depth - 1) })
        case 1: return .or((0..<count).map { _ in filter(of: paths, depth: depth - 1) })
        case 2: return .not(filter(of: paths, depth: depth - 1))
        default: return .holds(paths[choose(paths.count)], test())
        }
    }

    private mutating func test() -> MetadataFilter.Test {
        switch choose(6) {
        case 0: return .isIn((0..<choose(4)).map { _ in scalar() })
        case 1: return .hasAll((0..<choose(3)).map { _ in scalar() })
        case 2: return .exists
        case 3:
            let order = MetadataFilter.Order.allCases[choose(4)]
            return .compare(order, choose(2) == 0 ? .number(Double(choose(5)) - 1) : .string("a"))
        default: return .equal(scalar())
        }
    }

    private mutating func scalar() -> MetadataFilter.Scalar {
        switch Self.scalars[choose(Self.scalars.count)] {
        case "null": return .null
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case let text where text.hasPrefix("\""):
            let spelled = [#""\u0061""#: "a", #""e\u0301""#: "e\u{301}", #""\u0000""#: "\u{0}"][text]
            return .string(spelled ?? String(text.dropFirst().dropLast()))
        case let text: return .number(Double(text) ?? 0)
        }
    }
}

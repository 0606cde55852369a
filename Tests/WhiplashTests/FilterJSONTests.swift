import JSON
import Testing
import VectorIndex

@testable import Whiplash

@Suite struct FilterJSONTests {
    @Test("A filter is read back as it was written", arguments: 0..<200)
    func roundTrip(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let filter = filter(&generator, depth: 3)
        let text = String(decoding: JSONWriter.bytes(filter), as: UTF8.self)
        #expect(try MetadataFilter(RawJSON(parsing: text)) == filter, "seed \(seed): \(text)")
    }

    @Test func noAlternativesBecomeTheOppositeOfEverything() throws {
        let text = String(decoding: JSONWriter.bytes(MetadataFilter.or([])), as: UTF8.self)
        #expect(try MetadataFilter(RawJSON(parsing: text)) == .not(.and([])))
    }

    @Test func aNumberThatJSONHasNotIsRefusedAndNotTakenForNull() throws {
        let text = String(
            decoding: JSONWriter.bytes(MetadataFilter.holds("a", .equal(.number(.infinity)))), as: UTF8.self)
        #expect(throws: WhiplashError.self) { try MetadataFilter(RawJSON(parsing: text)) }
    }

    private func filter(_ generator: inout SeededGenerator, depth: Int) -> MetadataFilter {
        let count = Int.random(in: 1...3, using: &generator)
        switch depth == 0 ? 0 : Int.random(in: 0...4, using: &generator) {
        case 1: return .and((0..<count).map { _ in filter(&generator, depth: depth - 1) })
        case 2: return .or((0..<count).map { _ in filter(&generator, depth: depth - 1) })
        case 3: return .not(filter(&generator, depth: depth - 1))
        case 4: return .and([])
        default:
            return .holds(
                ["a", "a.b", "é \"x\"", "a.$b"].randomElement(using: &generator) ?? "a", test(&generator))
        }
    }

    private func test(_ generator: inout SeededGenerator) -> MetadataFilter.Test {
        let values = (0..<Int.random(in: 0...3, using: &generator)).map { _ in scalar(&generator) }
        let orders = MetadataFilter.Order.allCases
        return switch Int.random(in: 0...4, using: &generator) {
        case 0: .equal(scalar(&generator))
        case 1: .isIn(values)
        case 2: .hasAll(values)
        case 3: .exists
        default:
            .compare(
                orders.randomElement(using: &generator) ?? .above, .number(Double(generator.nextGaussian())))
        }
    }

    private func scalar(_ generator: inout SeededGenerator) -> MetadataFilter.Scalar {
        let scalars: [MetadataFilter.Scalar] = [
            .string("\u{1F40B} \"quoted\""), .string(""), .number(0.1), .number(-1e300), .number(3),
            .boolean(true), .null,
        ]
        return scalars.randomElement(using: &generator) ?? .null
    }
}

import JSON
import VectorIndex
import Whiplash

/// Texts of words of which some are everywhere and most are rare, in any case, parted by anything.
struct RandomTexts {
    var generator: SeededGenerator
    private static let vocabulary = (0..<120).map { "w\(String($0 * 7919, radix: 36))" }

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// The first of the vocabulary most often.
    private mutating func word() -> String {
        let share = Double.random(in: 0..<1, using: &generator)
        let word = Self.vocabulary[Int(share * share * share * Double(Self.vocabulary.count))]
        return Bool.random(using: &generator) ? word : word.uppercased()
    }

    mutating func text() -> String {
        let count = Int.random(in: 1...30, using: &generator)
        return (0..<count).map { _ in word() }.joined(
            separator: [" ", ", ", "-"].randomElement(using: &generator) ?? " ")
    }

    /// A few words, perhaps one of them twice, perhaps one that no text has.
    mutating func query() -> String {
        let count = Int.random(in: 1...6, using: &generator)
        let words = (0..<count).map { _ in word() }
        return (words + (Int.random(in: 0..<5, using: &generator) == 0 ? ["nowhere"] : [])).joined(
            separator: " ")
    }

    mutating func vector(_ dimension: Int) -> [Float] {
        (0..<dimension).map { _ in generator.nextGaussian() }
    }

    /// Most of them with a text. Their metadata have a number `n` from 0 to 9.
    mutating func items(_ count: Int, _ dimension: Int, in group: String?) -> [Item] {
        (0..<count).map { number in
            Item(
                id: "i\(number)", vector: vector(dimension),
                metadata: RawJSON(checked: #"{"n": \#(Int.random(in: 0..<10, using: &generator))}"#),
                text: number % 10 == 3 ? nil : text(), group: group)
        }
    }
}

import Storage

/// A word of a text as it is indexed and sought: folded, at most `maxBytes` of UTF-8. Compared as bytes.
struct Term: Hashable, Sendable {
    let text: String

    /// A longer word is cut here, in texts and in queries alike.
    static let maxBytes = 64

    /// No word: every text has it once. The list of its postings is the list of all texts.
    static let everyText = Term(text: "")

    static func == (left: Term, right: Term) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// How often which terms are in a text.
struct TermCounts: Sendable {
    private(set) var counts: [Term: Int] = [:]
    /// How many there are in all.
    private(set) var length = 0

    init(_ text: String) {
        forEachTerm(in: text) { term in
            counts[term, default: 0] += 1
            length += 1
        }
    }
}

/// How often given terms are in a text, and how many there are in all.
struct QueryCounts: Sendable, Equatable {
    /// Of each term given, in that order; at most `Posting.maxCount`.
    private(set) var counts: [Int]
    private(set) var length = 0

    init(_ text: String, of terms: [Term: Int]) {
        var counts = [Int](repeating: 0, count: terms.count)
        var length = 0
        forEachTerm(in: text) { term in
            length += 1
            if let index = terms[term] { counts[index] = min(counts[index] + 1, Posting.maxCount) }
        }
        (self.counts, self.length) = (counts, length)
    }

    var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }
}

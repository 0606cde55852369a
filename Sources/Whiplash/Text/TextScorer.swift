/// The words of a query and what each of them is worth: BM25, with the statistics of the texts that are searched.
///
/// A text of length `l` that has term `t` so often as `f` scores, over the query's terms,
/// `Σ n · ln(1 + (N − d + ½) / (d + ½)) · f · (k₁ + 1) / (f + k₁ · (1 − b + b · l / L))`, where `n` says how often the query has the term, `N`
/// is the number of texts, `d` in how many of them the term is, and `L` their mean length. No summand is negative.
///
/// Source: S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; the logarithm is that of Lucene,
/// which stays above 0 for terms that most texts have.
struct TextScorer: Sendable {
    let terms: [Term]
    /// Where a term is in `terms`.
    let positions: [Term: Int]
    private let weights: [Double]
    private let averageLength: Double

    static let k1 = 1.2
    static let b = 0.75

    /// - Parameter statistics: With the frequencies of the query's terms, in their order.
    init(_ query: TextQuery, _ statistics: TextStatistics) {
        terms = query.terms
        positions = query.positions
        averageLength = max(1, statistics.averageLength)
        let count = statistics.textCount
        weights = zip(query.multiplicities, statistics.frequencies).map { multiplicity, frequency in
            let frequency = min(frequency, count)
            return Double(multiplicity)
                * naturalLogarithm(1 + (count - frequency + 0.5) / (frequency + 0.5))
        }
    }

    /// What one term adds to the score of a text.
    func part(of term: Int, count: Int, length: Int) -> Double {
        if count == 0 { return 0 }
        let (f, l) = (Double(count), Double(length))
        let norm = Self.k1 * (1 - Self.b + Self.b * l / averageLength)
        return weights[term] * f * (Self.k1 + 1) / (f + norm)
    }

    /// What one term can add at most, however often it is there.
    func ceiling(of term: Int) -> Double { weights[term] * (Self.k1 + 1) }

    func score(_ counts: QueryCounts) -> Double {
        terms.indices.reduce(0) { $0 + part(of: $1, count: counts.counts[$1], length: counts.length) }
    }

    func counts(in text: String?) -> QueryCounts { QueryCounts(text ?? "", of: positions) }

    /// Of a text; 0 when it has none of the words.
    func score(ofText text: String?) -> Double { score(counts(in: text)) }
}

/// The terms of a query's text.
struct TextQuery: Sendable {
    /// Each once, in the order in which they first come.
    private(set) var terms: [Term] = []
    /// How often the query has each of them.
    private(set) var multiplicities: [Int] = []
    private(set) var positions: [Term: Int] = [:]

    init(_ text: String) {
        forEachTerm(in: text) { term in
            if let position = positions[term] {
                multiplicities[position] += 1
            } else {
                positions[term] = terms.count
                terms.append(term)
                multiplicities.append(1)
            }
        }
    }
}

/// What BM25 needs to know of the texts that are searched.
struct TextStatistics: Sendable, Equatable {
    /// Texts with at least one word.
    var textCount: Double
    /// Words of a text, on average.
    var averageLength: Double
    /// In how many texts each of the query's terms is.
    var frequencies: [Double]
}

/// The natural logarithm of a positive, finite number to about 15 digits: in plain arithmetic, so that a score has the same bits
/// on every machine.
func naturalLogarithm(_ number: Double) -> Double {
    let isLarge = number.significand > 2.0.squareRoot()
    let mantissa = isLarge ? number.significand / 2 : number.significand
    let exponent = Double(number.exponent) + (isLarge ? 1 : 0)
    // ln m = 2 artanh((m − 1) / (m + 1)), with an argument of 0.172 at most.
    let ratio = (mantissa - 1) / (mantissa + 1)
    let square = ratio * ratio
    var sum = 0.0
    for odd in stride(from: 23, through: 1, by: -2) { sum = sum * square + 1 / Double(odd) }
    return exponent * 0.693_147_180_559_945_3 + 2 * ratio * sum
}

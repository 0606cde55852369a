import Storage
import VectorIndex

/// A row of the inverted index: that a text has a term so often, among so many terms. A hint, as a bucket row is; attribute `w` is the
/// stamp of the write that stored it.
///
/// | table | partition | sort |
/// |---|---|---|
/// | buckets | `<incarnation>.text.<term>` | spread of the id (6), count (2), length (4), item id |
///
/// The first characters are a hash of the id, so that postings are spread evenly over the keys and the first of them tell how many
/// there are. The key holds all that a posting says: two writers that race on one id with other texts leave a row each, and where
/// they leave the same row, it is right for both. The partition of the empty term has a row for each text with a word in it.
struct Posting: Sendable, Equatable {
    let id: String
    /// A number evenly spread over `0 ..< spreadEnd`, a hash of the id.
    let spread: UInt64
    let count: Int
    /// Of the whole text, in terms.
    let length: Int
    let stamp: WriteStamp

    static let spreadLength = 6
    private static let countLength = 2
    private static let lengthLength = 4
    private static let prefixLength = spreadLength + countLength + lengthLength

    /// The largest that two characters hold; who has a word more often is taken to have it so often.
    static let maxCount = 36 * 36 - 1
    /// Behind the spread of every id.
    static let spreadEnd: UInt64 = 2_176_782_336

    private static func spread(of id: String) -> UInt64 { spreadHash(Array(id.utf8)) % spreadEnd }

    static func partition(of term: Term, _ configuration: CollectionConfiguration) -> String {
        partitionPrefix(configuration) + term.text
    }

    /// What the partitions of all terms begin with.
    static func partitionPrefix(_ configuration: CollectionConfiguration) -> String {
        configuration.incarnation + ".text."
    }

    static func sortKey(of id: String, count: Int, length: Int) -> String {
        fixedWidthBase36(spread(of: id), width: spreadLength)
            + fixedWidthBase36(UInt64(min(count, maxCount)), width: countLength)
            + fixedWidthBase36(UInt64(length), width: lengthLength) + id
    }

    /// The keys of the postings of a text: one for each term, and one in the list of all texts.
    static func keys(
        of id: String, text: String?, _ configuration: CollectionConfiguration
    ) -> [RowKey] {
        guard let text else { return [] }
        let terms = TermCounts(text)
        if terms.length == 0 { return [] }
        let counted = [(Term.everyText, 1)] + terms.counts.map { ($0.key, $0.value) }
        return counted.map { term, count in
            RowKey(
                partition: partition(of: term, configuration),
                sort: sortKey(of: id, count: count, length: terms.length))
        }
    }

    /// Nil when the row is none that this version could have written.
    init?(_ row: Row) {
        let bytes = row.key.sort.utf8
        guard let stamp = row.integer("w"), let id = String(bytes.dropFirst(Self.prefixLength)), !id.isEmpty,
            let spread = Self.spread(ofSort: row.key.sort),
            let count = Self.number(bytes.dropFirst(Self.spreadLength).prefix(Self.countLength)),
            let length = Self.number(
                bytes.dropFirst(Self.spreadLength + Self.countLength).prefix(Self.lengthLength))
        else { return nil }
        (self.id, self.spread, self.count, self.length) = (id, spread, count, length)
        self.stamp = WriteStamp(number: stamp)
    }

    /// The spread that a sort key begins with.
    static func spread(ofSort sort: String) -> UInt64? {
        number(sort.utf8.prefix(spreadLength)).map(UInt64.init)
    }

    private static func number(_ digits: some Sequence<UInt8>) -> Int? {
        var number = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number * 36 + Int(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                number = number * 36 + Int(digit - UInt8(ascii: "a")) + 10
            default: return nil
            }
        }
        return number
    }
}

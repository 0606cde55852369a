import Storage

/// What is written so that an item is found by the words of its text. Without a text index that is nothing.
///
/// Postings are stored before a write is acknowledged, and those of the text before are removed after the truth is stored, each
/// only if its stamp is the one that the truth had: one written anew meanwhile stays. So every text that was acknowledged has its
/// postings at every moment; one too many is found out by the truth.
extension VectorCollection {
    /// The postings of items that are stored with this stamp.
    func postings(of items: some Sequence<Item>, _ stamp: WriteStamp) -> [Write] {
        guard configuration.textIndex else { return [] }
        return items.flatMap { item in
            Posting.keys(of: item.id, text: item.text, configuration).map { key in
                .put(Row(key: key, attributes: ["w": .integer(stamp.number)]), in: bucketsTable)
            }
        }
    }

    /// The rows that storing these items replaces, as far as they have postings.
    func indexedRows(replacedBy items: some Sequence<Item>) async throws(WhiplashError) -> [VectorRow] {
        guard configuration.textIndex else { return [] }
        let keys = items.map { layout.vectorKey($0.name) }
        return try await storedRows(keys: keys, .strong).values.filter { $0.item.text != nil }
    }

    /// The removal of the postings of rows, save those that the items in their places share with them.
    func removalOfPostings(of rows: [VectorRow], replacedBy items: [Item] = []) -> [Write] {
        guard configuration.textIndex else { return [] }
        let kept = Dictionary(items.map { ($0.name, $0.text) }) { $1 }
        return rows.flatMap { row -> [Write] in
            let item = row.item
            let text = kept[item.name] ?? nil
            if let text, let old = item.text, text.utf8.elementsEqual(old.utf8) { return [] }
            let shared = Set(Posting.keys(of: item.id, text: text, configuration))
            return Posting.keys(of: item.id, text: item.text, configuration)
                .filter { !shared.contains($0) }
                .map { key in
                    .deleteMatching(
                        key, in: bucketsTable, attribute: "w", equals: .integer(row.postingStamp.number))
                }
        }
    }

    /// Throws `invalid` for a text of more different words than an item may have in a collection with a text index, as each is a row.
    func check(text: String?, field: @autoclosure () -> String) throws(WhiplashError) {
        guard configuration.textIndex, let text, text.utf8.count > Self.maxTerms else { return }
        let count = TermCounts(text).counts.count
        guard count > Self.maxTerms else { return }
        throw .invalid(
            Violation(
                field: field(),
                expected: "at most \(Self.maxTerms) different words, as the collection has a text index",
                received: "\(count)"))
    }

    /// Different words of one text.
    static let maxTerms = 5_000
}

import Storage
import VectorIndex

/// Reads the postings of terms: of each at first so many that they tell how many there are, and the rest where it is needed.
struct PostingReader: Sendable {
    let collection: VectorCollection
    let consistency: Consistency

    /// Of a list that is no longer the statistics are exact. Beyond they are estimated from so many, the first in the order
    /// of a hash of the id: the same on every store, with a standard error of 3 %.
    static let sampleCount = 1_000

    /// A part of a list that was read from its start.
    struct Head: Sendable {
        var postings: [Posting]
        /// Where it goes on; nil when it was read to the end.
        var next: RowKey?

        /// The spread up to which all postings have been read; nil when all have.
        var end: UInt64? { next.flatMap { Posting.spread(ofSort: $0.sort) } }

        /// How many postings the list has, about.
        var estimatedCount: Double {
            guard let end else { return Double(postings.count) }
            return Double(postings.count) * Double(Posting.spreadEnd) / Double(end + 1)
        }
    }

    /// The heads of the lists of terms, in their order.
    func heads(_ terms: [Term]) async throws(StoreError) -> [Head] {
        try await concurrently(terms, width: Self.width) { term throws(StoreError) in
            var query = query(term)
            var head = Head(postings: [], next: nil)
            repeat {
                query.limit = Self.sampleCount - head.postings.count
                let page = try await collection.store.query(query)
                head.postings += page.rows.compactMap(Posting.init)
                (head.next, query.after) = (page.next, page.next)
            } while head.next != nil && head.postings.count < Self.sampleCount
            return head
        }
    }

    /// What is behind the head of a list, in parts that are read at the same time.
    func rest(of term: Term, behind head: Head) async throws(StoreError) -> [Posting] {
        guard let next = head.next, let end = head.end else { return [] }
        let left = head.estimatedCount - Double(head.postings.count)
        let count = min(Self.maxParts, Int((left / Self.partCount).rounded(.up)))
        let width = (Posting.spreadEnd - end) / UInt64(max(1, count))
        let bounds = (1..<max(1, count)).map { part in
            fixedWidthBase36(end + width * UInt64(part), width: Posting.spreadLength)
        }
        let parts = zip([nil] + bounds, bounds.map { $0 } + [nil]).map { lower, upper in
            var part = query(term)
            (part.lower, part.upper) = (lower, upper)
            if lower == nil { part.after = next }
            return part
        }
        return try await concurrently(parts, width: Self.width) { part throws(StoreError) in
            try await postings(part)
        }.flatMap(\.self)
    }

    private func postings(_ query: RangeQuery) async throws(StoreError) -> [Posting] {
        var (query, postings) = (query, [Posting]())
        repeat {
            let page = try await collection.store.query(query)
            postings += page.rows.compactMap(Posting.init)
            query.after = page.next
        } while query.after != nil
        return postings
    }

    private func query(_ term: Term) -> RangeQuery {
        RangeQuery(
            collection.bucketsTable, partition: Posting.partition(of: term, collection.configuration),
            consistency: consistency)
    }

    private static let width = 16
    private static let maxParts = 64
    /// Postings of a part, which fit into a page of DynamoDB.
    private static let partCount = 8_000.0
}

extension TextStatistics {
    /// - Parameter texts: The head of the list of all texts.
    init(texts: PostingReader.Head, terms: [PostingReader.Head]) {
        let length = texts.postings.reduce(0) { $0 + $1.length }
        self.init(
            textCount: texts.estimatedCount,
            averageLength: Double(length) / Double(max(1, texts.postings.count)),
            frequencies: terms.map(\.estimatedCount))
    }
}

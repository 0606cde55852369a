import JSON
import Storage

/// What a user stores: an id, a vector, and what comes with it.
///
/// Two items are equal when what a user stores is equal; `version` tells of the store, and does not count.
public struct Item: Sendable {
    /// As `ItemRules` says: 1 to 512 bytes of UTF-8 without control characters. Compared as bytes.
    public var id: String
    /// Shape `[dimension]`, finite; not all zeros in a cosine collection.
    public var vector: [Float]
    /// A JSON object, kept and given back as it was written.
    public var metadata: RawJSON?
    public var text: String?
    /// When what it stands for is from, in seconds since 1970; kept and given back, and of no account to searches.
    public var timestamp: Int64?
    /// The group it is in: needed in a grouped collection, and nil in any other. As an id in what it may be.
    public var group: String?
    /// From this second on, since 1970, the item is not there any more; nil when it stays.
    public var expiresAt: Int64?
    /// Which of the writes of its id it came from, where it has been read or stored; of no account when it is stored.
    public var version: ItemVersion?

    public init(
        id: String, vector: [Float], metadata: RawJSON? = nil, text: String? = nil, timestamp: Int64? = nil,
        group: String? = nil, expiresAt: Int64? = nil
    ) {
        self.id = id
        self.vector = vector
        self.metadata = metadata
        self.text = text
        self.timestamp = timestamp
        self.group = group
        self.expiresAt = expiresAt
    }

    var name: ItemName { ItemName(id, in: group) }
}

extension Item: Equatable {
    public static func == (left: Item, right: Item) -> Bool {
        left.id == right.id && left.vector == right.vector && left.metadata == right.metadata
            && left.text == right.text && left.timestamp == right.timestamp && left.group == right.group
            && left.expiresAt == right.expiresAt
    }
}

/// What tells an item from every other of its collection: its id, and the group it is in. Compared as bytes.
struct ItemName: Hashable, Sendable {
    let group: String?
    let id: String

    init(_ id: String, in group: String?) {
        self.id = id
        self.group = group
    }

    static func == (left: ItemName, right: ItemName) -> Bool {
        guard left.id.hasSameBytes(as: right.id) else { return false }
        switch (left.group, right.group) {
        case (let left?, let right?): return left.hasSameBytes(as: right)
        case (nil, nil): return true
        default: return false
        }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: group ?? "")
        hasher.combine(bytesOf: id)
    }
}

/// What `VectorCollection.update` changes of an item; nil leaves as it is.
public struct ItemPatch: Sendable {
    public var vector: [Float]?
    /// Merged into the stored metadata by RFC 7396: null for a key removes it, and null alone all metadata.
    public var metadata: RawJSON?
    /// `.some(nil)` removes the text.
    public var text: String??
    /// `.some(nil)` removes it.
    public var timestamp: Int64??
    /// `.some(nil)` lets the item stay.
    public var expiresAt: Int64??

    public init(
        vector: [Float]? = nil, metadata: RawJSON? = nil, text: String?? = nil, timestamp: Int64?? = nil,
        expiresAt: Int64?? = nil
    ) {
        self.vector = vector
        self.metadata = metadata
        self.text = text
        self.timestamp = timestamp
        self.expiresAt = expiresAt
    }
}

/// A page of a collection's items. `cursor` is opaque; nil on the last page.
public struct ItemPage: Sendable {
    public var items: [Item]
    public var cursor: String?

    public init(items: [Item], cursor: String?) {
        self.items = items
        self.cursor = cursor
    }
}

/// An item found by a search.
public struct Match: Sendable {
    public var item: Item
    /// Larger is nearer, in every metric (`Metric`).
    public var score: Float
    /// Smaller is nearer (`Metric.distance(ofScore:)`): `1 − cosine`, the Euclidean distance, or the negated inner product.
    ///
    /// NaN where a search by text alone found it.
    public var distance: Float
    /// The score of its vector, where a text was sought as well; `score` is then that of both.
    public var vectorScore: Float?
    /// The score of its text by BM25, where a text was sought; 0 when it has none of the words.
    public var textScore: Float?

    public init(item: Item, score: Float, distance: Float) {
        self.item = item
        self.score = score
        self.distance = distance
    }
}

/// What to search for, and how.
public struct SearchRequest: Sendable {
    /// Shape `[dimension]`, finite; empty in a search by text alone, and where `itemID` stands in its place.
    public var query: [Float]
    /// The item whose vector is the query, and which is left out. A read of it comes before the search.
    public var itemID: String?
    /// Words that are sought in the items' texts, instead of a vector or beside it. At most 128 different ones.
    ///
    /// An ungrouped collection has to have a text index, or `exact` be true.
    public var text: String?
    /// How the rankings by vector and by words become one, where both are sought.
    public var fusion = Fusion.reciprocalRank
    /// 1 to `SearchRequest.limitRange.upperBound`. Default 5, the ancestor's.
    public var limit = 5
    /// Matches with a smaller score are left out: that of the vector, of the text, or of both as fused, by which the answer is ordered.
    public var minScore: Float?
    /// Matches with a larger distance are left out.
    public var maxDistance: Float?
    /// Only items whose metadata pass are found: as many as `limit` says if there are so many.
    public var filter: MetadataFilter?
    /// An item that is left out, such as the one whose neighbours are sought.
    public var excludedID: String?
    /// The group to search in: needed in a grouped collection, and nil in any other.
    public var group: String?
    /// Whether every best match is guaranteed; nil is true in a grouped collection and false in any other.
    ///
    /// In a group that is proven by the bounds of sketches, and without it one batch of vectors is read, chosen by the
    /// middle of the bounds. In an ungrouped collection every vector is read, at a cost that grows with the collection.
    public var exact: Bool?
    /// The share of the nearest that is to be found, on average: less reads fewer vectors, at which a search's cost lies. Nil aims at
    /// 0.997. Of the search by sketches in an ungrouped collection: refused with `exact` and in groups.
    ///
    /// Vectors are read down to the estimate that one of the nearest falls below with a chance of 1 - `targetRecall`, were its estimate off as
    /// its sketch says and its score the last's. Most are nearer, so that more is found. Measured on 100,000 sentence embeddings at 384 dimensions,
    /// the ten nearest:
    ///
    /// | `targetRecall` | vectors read | recall |
    /// |---|---|---|
    /// | 0.5 | 10 | 0.857 |
    /// | 0.8 | 14 | 0.957 |
    /// | 0.9 | 16 | 0.983 |
    /// | 0.95 | 19 | 0.990 |
    /// | 0.99 | 25 | 0.998 |
    /// | 0.997 | 30 | 1.000 |
    public var targetRecall: Double?
    /// May miss what was written within the last five seconds (`VectorCollection.eventualAge`), and costs a read of the change log less,
    /// or in a group half of what is read.
    public var eventual = false
    /// Whether the answer tells how the search went (`SearchAnswer`, `MatchPage`).
    public var explain = false

    public static let limitRange = 1...1000
    /// What `targetRecall` may be.
    public static let targetRecallRange = 0.5...0.997

    public init(query: [Float]) { self.query = query }

    /// A search by text alone.
    public init(text: String) {
        query = []
        self.text = text
    }

    /// A search for what is near a stored item, which is not among what is found.
    public init(neighboursOf id: String) {
        query = []
        itemID = id
    }

    var hasVector: Bool { !query.isEmpty || text == nil }
}

import Storage

/// How a search went, and what it took.
public struct SearchExplanation: Sendable, Equatable {
    /// Nil in a search by words alone.
    public var vector: VectorPart?
    /// Nil in a search without words.
    public var words: WordsPart?
    /// Without the collection's look-up, which comes before.
    public var usage = StoreUsage()
    /// Calls of the store of which each waited for the one before; those at the same time count as one.
    public var roundTripCount = 0
    /// From the collection's look-up to the last match. The rankings of a vector and of words come at the same time.
    public var time = Duration.zero
    /// Nil where no units are billed.
    public var cost: StoreCost?

    public init() {}
}

extension SearchExplanation {
    /// The search for what is near a vector.
    public struct VectorPart: Sendable, Equatable {
        /// Where the candidates came from.
        public enum Path: String, Sendable, CaseIterable {
            /// The sketches in memory: all of them, or those in likely cells of a large tuned collection.
            case memory
            /// The sketches in the store, all of them.
            case whole
            /// Ranges of sketches in the store.
            case ranges
            /// The sketches of a group.
            case group
            /// No sketches: every vector was read.
            case exhaustive
        }

        public var path = Path.memory
        /// Of the sketches in memory, before the search; nil in a collection with groups.
        public var cache: CollectionStatistics.Cache.State?
        /// The layer whose buckets were chosen from, from 0; nil on other paths, and where planes have been learned.
        public var layer: Int?
        /// How many bits tell a bucket from others; nil on other paths.
        public var bitCount: Int?
        /// Ranges that were read of each shard; nil on other paths.
        public var rangeCount: Int?
        /// Sketches that were estimated.
        public var sketchCount = 0
        /// Of these, those kept because they might be among the best.
        public var candidateCount = 0
        /// Vectors that were read to be scored exactly, also in vain.
        public var rerankedCount = 0
        /// In how many rounds, each of which knew the scores of the one before.
        public var roundCount = 0
        /// Sketches of vectors that are gone or changed.
        public var staleCount = 0
        /// Items that the filter refused after their vectors were read. What filterable keys refuse is not even estimated.
        public var refusedCount = 0
        public var times = Times()

        public init() {}
    }

    /// The search for texts with words.
    public struct WordsPart: Sendable, Equatable {
        /// Where the candidates came from.
        public enum Path: String, Sendable, CaseIterable {
            /// The inverted index.
            case index
            /// All items of a group.
            case group
            /// All items.
            case exhaustive
        }

        public var path = Path.index
        /// Different words that were sought.
        public var termCount = 0
        /// Postings that were read of the inverted index.
        public var postingCount = 0
        /// Items that were gone through; 0 where there is an inverted index.
        public var scannedCount = 0
        /// Items that have one of the words.
        public var candidateCount = 0
        /// Texts that were read to be scored exactly, also in vain.
        public var rerankedCount = 0
        /// In how many rounds.
        public var roundCount = 0
        /// Postings of texts that are gone or changed.
        public var staleCount = 0
        /// Items that the filter, or a greatest distance, refused after their texts were read.
        public var refusedCount = 0
        public var times = Times()

        public init() {}
    }
}

extension SearchExplanation.VectorPart {
    /// Stages that come one after the other, by the clock.
    public struct Times: Sendable, Equatable {
        /// Following the changes to the sketches in memory, or reading them there first.
        public var following = Duration.zero
        /// Estimating sketches, and reading them where they are not in memory.
        public var sketches = Duration.zero
        /// Reading and scoring vectors.
        public var vectors = Duration.zero

        public init() {}
    }
}

extension SearchExplanation.WordsPart {
    /// Stages that come one after the other, by the clock.
    public struct Times: Sendable, Equatable {
        /// Reading postings, or going through items.
        public var candidates = Duration.zero
        /// Reading and scoring texts.
        public var texts = Duration.zero

        public init() {}
    }
}

/// The matches of a search, and how it went if it was asked to explain itself.
public struct SearchAnswer: Sendable {
    public var matches: [Match]
    public var explanation: SearchExplanation?

    public init(matches: [Match], explanation: SearchExplanation? = nil) {
        self.matches = matches
        self.explanation = explanation
    }
}

/// What is known of a collection without reading it whole.
public struct CollectionStatistics: Sendable, Equatable {
    /// A number, and how it was come by.
    public struct Count: Sendable, Equatable {
        public enum Source: String, Sendable, CaseIterable {
            /// All were counted.
            case counted
            /// The sketches that this process holds, every change applied. One more than there are items is left by an insert in an item's
            /// place, and by a write that was refused, until a search or a verification finds it.
            case memory
            /// The sketches in the store were counted; of these too some may be left.
            case sketches
            /// As the store counted them some hours ago.
            case described
            /// As the last search of this process estimated it.
            case estimate
            /// There are more than were looked at, and nobody has estimated how many.
            case atLeast = "at_least"
        }

        public var value: Int
        public var source: Source

        public init(_ value: Int, _ source: Source) {
            self.value = value
            self.source = source
        }
    }

    public struct Tuning: Sendable, Equatable {
        /// `random` and `tuned` when nothing is under way, by the planes that searches read; else the phase.
        public var state: String
        /// How many items lie under the new planes, while a tuning is under way.
        public var filledCount = 0
        /// When the one under way began, in milliseconds since 1970.
        public var startedAt: Int64?

        public init(state: String) { self.state = state }
    }

    /// How rows lie in the buckets of their leading bits.
    public struct Buckets: Sendable, Equatable {
        public struct Size: Sendable, Equatable {
            /// Buckets of at least so many rows, a power of two, and of less than twice as many.
            public var rowCount: Int
            public var bucketCount: Int

            public init(rowCount: Int, bucketCount: Int) {
                self.rowCount = rowCount
                self.bucketCount = bucketCount
            }
        }

        /// Leading bits of the first layer; there are 2 to their power buckets.
        public var bitCount = 0
        public var emptyCount = 0
        /// Rows of the fullest.
        public var largest = 0
        /// Of those that are not empty, by rising size; sizes of which there is none are left out.
        public var sizes: [Size] = []

        public init() {}
    }

    /// The sketches that the answering process holds in memory.
    public struct Cache: Sendable, Equatable {
        public enum State: String, Sendable, CaseIterable {
            /// Not in memory: the next search reads them.
            case cold
            /// Being read.
            case filling
            case warm
            /// They did not fit, and are read from the store by each search.
            case tooLarge = "too_large"
        }

        public var state: State
        public var byteCount = 0
        /// For all collections together.
        public var budgetBytes: Int
        /// When it last followed the changes, in milliseconds since 1970.
        public var checkedAt: Int64?

        public init(state: State, budgetBytes: Int) {
            self.state = state
            self.budgetBytes = budgetBytes
        }
    }

    /// What the hourly maintenance has kept.
    public struct Maintenance: Sendable, Equatable {
        /// About how many items there were when it last began a tuning.
        public var tunedCount: Int?
        /// When it last verified a slice, in milliseconds since 1970.
        public var verifiedAt: Int64?
        /// Whether slices are left.
        public var isVerifying = false

        public init() {}
    }

    /// Those that have expired count until they are removed. Nil where a store does not count, in a collection with groups.
    public var items: Count?
    /// Nil in a collection without groups. One whose items were deleted one by one counts.
    public var groups: Count?
    /// What so many vectors and sketches take alone, without keys, metadata and texts.
    public var vectorBytes: Int?
    public var sketchBytes: Int?
    /// Of the planes that searches read.
    public var generation: Int
    public var tuning: Tuning
    /// The last that ended; nil when there was none.
    public var lastTuning: LastTuning?
    /// Nil when the sketches are not in memory.
    public var buckets: Buckets?
    public var cache: Cache
    public var maintenance = Maintenance()
    /// What this process has read and written of the collection's tables.
    public var totals = StoreTotals(since: 0)
    /// What it has read and written, of whatever, for the key that asks; nil without an API.
    public var keyTotals: StoreTotals?

    public init(generation: Int, tuning: Tuning, cache: Cache) {
        self.generation = generation
        self.tuning = tuning
        self.cache = cache
    }
}

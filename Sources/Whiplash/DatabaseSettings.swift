/// The settings the engine needs, with the ancestor's defaults.
public struct DatabaseSettings: Sendable {
    public var region = "local"
    /// Tells deployments in one account apart; part of every table's name.
    public var stage = "dev"
    /// Up to this many items a search reads every sketch; beyond, buckets are kept near this size.
    public var maxItemsPerBucket = 10_000
    public var defaultPlaneCount = 6
    public var defaultBitStart = 8
    public var defaultBitScaleFactor = 2.0
    /// The table of projects and collections.
    public var metadataTable = "whiplash_metadata"
    /// Over how many partitions a new collection's bucket rows are spread. DynamoDB takes 1,000 write units and gives 3,000 read
    /// units a second for each.
    public var shardCount = 8
    /// How long a process may go on with what it last read of a collection's configuration, in milliseconds; 0 reads it each time.
    /// A collection is made anew under a name only when everybody's time with the one removed is over.
    public var configurationLifetime: Int64 = 5_000

    /// Memory for sketches of all collections together, in bytes. A collection that does not fit is read from the store by each search.
    public var cacheBytes = 256 << 20

    /// What a search may read of such a collection, in bytes of sketches with their keys.
    public var maxReadBytes = 64 << 20

    /// What the cost of searches and totals is reckoned with, where the store bills units.
    public var prices = PriceList.dynamoDB

    public init() {}
}

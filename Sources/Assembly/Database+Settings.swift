import FoundationEssentials
import Storage
import Whiplash
import WhiplashSettings

extension Database {
    /// The engine over a store, as both executables set it up.
    public init(store: any Store, settings: Settings) {
        self.init(store: store, settings: DatabaseSettings(settings), now: Self.wallClock)
    }

    private static func wallClock() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}

extension DatabaseSettings {
    public init(_ settings: Settings) {
        self.init()
        region = settings.region
        stage = settings.stage
        maxItemsPerBucket = settings.maxItemsPerBucket
        defaultPlaneCount = settings.defaultPlaneCount
        defaultBitStart = settings.defaultBitStart
        defaultBitScaleFactor = settings.defaultBitScaleFactor
        metadataTable = settings.metadataTable
        cacheBytes = (settings.cacheMegabytes ?? Self.cacheMegabytes(settings)) << 20
        maxReadBytes = settings.maxReadMegabytes << 20
        prices = PriceList(
            date: settings.priceDate, readUnits: settings.readUnitPrice, writeUnits: settings.writeUnitPrice)
        // Shards are there for the limits of a DynamoDB partition; a file has none.
        shardCount = settings.store == .dynamodb ? 8 : 2
        // What is on this machine is read in no time, and is never out of date.
        if settings.store != .dynamodb { configurationLifetime = 0 }
    }

    /// A function has its memory to itself; on a machine others want some as well.
    private static func cacheMegabytes(_ settings: Settings) -> Int {
        if let memory = settings.functionMemory { return memory / 2 }
        return min(2048, Int(ProcessInfo.processInfo.physicalMemory >> 20) / 8)
    }
}

/// Everything that is set from outside, read once at the start and then passed on as values.
public struct Settings: Sendable {
    /// Where the data is kept.
    public enum StoreKind: String, Sendable, CaseIterable {
        case sqlite, dynamodb, memory
    }

    public var store: StoreKind
    /// The path of the SQLite file.
    public var database: String
    /// The name of the table of projects and collections.
    public var metadataTable: String
    /// The key a request has to bring; nil when none is set.
    public var apiKey: Secret?
    /// Further keys, as the API reads them; nil when none are set.
    public var accessKeys: Secret?
    /// Whether the function logs metrics for CloudWatch.
    public var emitsMetrics: Bool
    public var host: String
    /// 0 lets the system choose a free one.
    public var port: Int
    /// The AWS region, or `local` without AWS.
    public var region: String
    /// Part of every table's name, so that stages share an account.
    public var stage: String
    /// The profile of the shared AWS files; nil is their default.
    public var profile: String?
    /// How many items a search reads whole before it chooses buckets.
    public var maxItemsPerBucket: Int
    /// Memory for sketches in MB; nil leaves it to the memory there is.
    public var cacheMegabytes: Int?
    /// What a search may read of a collection whose sketches do not fit in memory, in MB.
    public var maxReadMegabytes: Int
    /// Dollars of a million DynamoDB units, and when they were read.
    public var readUnitPrice: Double
    public var writeUnitPrice: Double
    public var priceDate: String
    /// The Lambda function's memory in MB; nil elsewhere.
    public var functionMemory: Int?
    /// Layers of a collection that names none.
    public var defaultPlaneCount: Int
    /// Bits of the first layer, when none are named.
    public var defaultBitStart: Int
    /// Bits that each further layer adds, when no factor is named.
    public var defaultBitScaleFactor: Double

    /// Every key there is, in the order of `.env.example`.
    public static let keys: [SettingKey] =
        [
            .store, .database, .metadataTable, .apiKey, .accessKeys, .host, .port, .stage, .region,
            .cacheMegabytes,
            .maxReadMegabytes, .functionMemory, .metrics, .maxItemsPerBucket,
            .readUnitPrice, .writeUnitPrice, .priceDate, .defaultPlaneCount,
            .defaultBitStart,
            .defaultBitScaleFactor, .profile, .awsRegion,
            .awsDefaultRegion,
        ] + SettingKey.readByCommand + SettingKey.readByAWS

    /// The settings that these values make. An empty value counts as none; keys of others are left alone.
    ///
    /// - Parameters:
    ///   - values: The environment, or `merged(flags:environment:dotenv:)`.
    ///   - defaultStore: The store when WHIPLASH_STORE is not set.
    ///   - required: Names of keys without a default that the caller cannot go without.
    /// - Throws: One `SettingsError` that tells of every malformed or missing key.
    public init(
        _ values: [String: String], defaultStore: StoreKind, required: Set<String> = []
    ) throws(SettingsError) {
        var reading = SettingsReading(values)
        for key in Self.keys where required.contains(key.name) { reading.require(key) }
        store = reading.store(or: defaultStore)
        database = reading.text(.database)
        metadataTable = reading.name(.metadataTable, lengths: 3...255)
        apiKey = reading.secret(.apiKey, lengths: 8...128)
        accessKeys = reading.value(.accessKeys).map(Secret.init)
        emitsMetrics = reading.boolean(.metrics)
        host = reading.text(.host)
        port = reading.integer(.port, in: 0...65_535)
        stage = reading.name(.stage, lengths: 1...32)
        region = reading.region(isAWS: store == .dynamodb)
        profile = reading.value(.profile)
        maxItemsPerBucket = reading.integer(.maxItemsPerBucket, in: 1...Int(Int32.max))
        cacheMegabytes = reading.optionalInteger(.cacheMegabytes, in: 0...1_048_576)
        maxReadMegabytes = reading.integer(.maxReadMegabytes, in: 1...1_048_576)
        readUnitPrice = reading.number(.readUnitPrice, in: 0...1000)
        writeUnitPrice = reading.number(.writeUnitPrice, in: 0...1000)
        priceDate = reading.date(.priceDate)
        functionMemory = reading.optionalInteger(.functionMemory, in: 1...1_048_576)
        defaultPlaneCount = reading.integer(.defaultPlaneCount, in: 1...64)
        defaultBitStart = reading.integer(.defaultBitStart, in: 1...30)
        defaultBitScaleFactor = reading.number(.defaultBitScaleFactor, in: 0...30)
        if !reading.problems.isEmpty { throw SettingsError(problems: reading.problems) }
    }

    /// One set of values of three: a flag goes before the environment, and that before the `.env` file.
    /// Empty values count as none, so that an empty variable does not hide the file's.
    public static func merged(
        flags: [String: String], environment: [String: String], dotenv: [String: String]
    ) -> [String: String] {
        [environment, flags].reduce(dotenv) { below, above in
            below.merging(above.filter { !$0.value.isEmpty }) { _, upper in upper }
        }
    }
}

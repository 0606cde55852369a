/// One key of the environment that Whiplash, or the AWS part below it, reads.
public struct SettingKey: Sendable, Hashable {
    /// The name in the environment, as `WHIPLASH_PORT`.
    public let name: String
    /// What holds when the key is missing or empty; nil where nothing does, or where it depends on other keys.
    public let defaultValue: String?
    /// One line that tells what it is for.
    public let summary: String
    /// Whether its value must stay out of messages and logs.
    public let isSecret: Bool

    init(_ name: String, default defaultValue: String? = nil, _ summary: String, isSecret: Bool = false) {
        self.name = name
        self.defaultValue = defaultValue
        self.summary = summary
        self.isSecret = isSecret
    }
}

extension SettingKey {
    static let maxItemsPerBucket = SettingKey(
        "MAX_ITEMS_PER_BUCKET", default: "10000",
        "How many items a search reads whole before it chooses buckets; 1 or more.")
    static let cacheMegabytes = SettingKey(
        "WHIPLASH_CACHE_MB",
        "Memory for sketches in MB, 0 to 1048576; unset, half of the function's, or an eighth of the machine's up to 2048."
    )
    static let maxReadMegabytes = SettingKey(
        "WHIPLASH_MAX_READ_MB", default: "64",
        "What a search may read of a collection whose sketches do not fit in memory, in MB; 1 to 1048576.")
    static let readUnitPrice = SettingKey(
        "WHIPLASH_READ_UNIT_PRICE", default: "0.125",
        "Dollars of a million DynamoDB read units, with which costs are reckoned; 0 to 1000.")
    static let writeUnitPrice = SettingKey(
        "WHIPLASH_WRITE_UNIT_PRICE", default: "0.625",
        "Dollars of a million DynamoDB write units, with which costs are reckoned; 0 to 1000.")
    static let priceDate = SettingKey(
        "WHIPLASH_PRICE_DATE", default: "2026-09-06", "When these prices were read, as year-month-day.")
    static let functionMemory = SettingKey(
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "The function's memory in MB, as Lambda tells it.")
    static let defaultPlaneCount = SettingKey(
        "DEFAULT_N_PLANES", default: "6", "Layers of a collection that names no n_planes; 1 to 64.")
    static let defaultBitStart = SettingKey(
        "DEFAULT_BIT_START", default: "8", "Bits of the first layer when none are named; 1 to 30.")
    static let defaultBitScaleFactor = SettingKey(
        "DEFAULT_BIT_SCALE_FACTOR", default: "2",
        "Bits that each further layer adds when no factor is named; 0 to 30.")
    static let stage = SettingKey(
        "STAGE", default: "dev", "Part of every table's name; 1 to 32 letters, digits, '_', '.', '-'.")
    static let region = SettingKey(
        "REGION",
        "The AWS region; else AWS_REGION, AWS_DEFAULT_REGION, us-east-1, or local without AWS.")
    static let profile = SettingKey("AWS_PROFILE", "The profile of the shared AWS files to use.")
    static let store = SettingKey(
        "WHIPLASH_STORE",
        "sqlite, dynamodb or memory; unset, the command takes sqlite and the function dynamodb.")
    static let database = SettingKey(
        "WHIPLASH_DATABASE", default: "whiplash.db", "The path of the SQLite file; its folder has to exist.")
    static let metadataTable = SettingKey(
        "WHIPLASH_METADATA_TABLE", default: "whiplash_metadata",
        "The table of projects and collections; 3 to 255 letters, digits, '_', '.', '-'.")
    static let apiKey = SettingKey(
        "WHIPLASH_API_KEY", "The key that x-api-key has to bring; 8 to 128 visible ASCII characters.",
        isSecret: true)
    static let accessKeys = SettingKey(
        "WHIPLASH_KEYS",
        "Further keys with what each may do, as JSON: [{\"key\", \"scopes\", \"projects\"}, {\"api_key_id\", ...}].",
        isSecret: true)
    static let metrics = SettingKey(
        "WHIPLASH_METRICS", default: "false",
        "Whether the function logs metrics of every request for CloudWatch, which bills them; true or false.")
    static let host = SettingKey("WHIPLASH_HOST", default: "127.0.0.1", "The address the server listens on.")
    static let port = SettingKey(
        "WHIPLASH_PORT", default: "8080",
        "The port the server listens on; 0 to 65535, 0 takes a free one.")

    static let awsRegion = SettingKey("AWS_REGION", "The AWS region when REGION is not set.")
    static let awsDefaultRegion = SettingKey(
        "AWS_DEFAULT_REGION", "The AWS region when neither REGION nor AWS_REGION is set.")

    /// What `Settings` only names, since the command line reads it itself.
    static let readByCommand = [
        SettingKey(
            "WHIPLASH_URL", "The API that the command works through; unset, it works on the store itself."),
        SettingKey("WHIPLASH_PROFILE", "The profile of ~/.config/whiplash/config that the command uses."),
    ]

    /// What `Settings` only names, since the AWS part reads it itself.
    static let readByAWS = [
        SettingKey("AWS_ENDPOINT_URL_DYNAMODB", "Where DynamoDB is, if not at AWS: an emulator's URL."),
        SettingKey("AWS_ENDPOINT_URL", "The same for every AWS service; the one above goes first."),
        SettingKey("AWS_ACCESS_KEY_ID", "Credentials: the access key's id.", isSecret: true),
        SettingKey("AWS_SECRET_ACCESS_KEY", "Credentials: the secret access key.", isSecret: true),
        SettingKey(
            "AWS_SESSION_TOKEN", "Credentials: the session's token, when they are temporary.", isSecret: true),
        SettingKey("AWS_CONFIG_FILE", "The shared config file, if not ~/.aws/config."),
        SettingKey("AWS_SHARED_CREDENTIALS_FILE", "The shared credentials file, if not ~/.aws/credentials."),
    ]
}

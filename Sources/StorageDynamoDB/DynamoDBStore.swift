import AWS
import HTTPClient
import JSON
import Storage

/// The store on Amazon DynamoDB, or on any server that speaks its API.
///
/// - Tables have the key `p` (partition) and `s` (sort) and are billed by request.
/// - A batch is cut into requests of 25 writes (BatchWriteItem) or 100 reads (BatchGetItem), which run in parallel and may
///   span tables; what DynamoDB leaves unprocessed is sent again. A batch that throws may be stored in part.
/// - A conditional write goes over a connection of its own, so that it is never sent twice unseen. When an
///   answer is lost and the next attempt meets a conflict, the row decides: as the write leaves it, success; else
///   conflict, which another writer who came between may have made of a success.
/// - Eventual reads cost half of strong ones. A page holds at most 1 MB.
/// - Failures that may pass are tried again, with waits, as `Options.retry` and `Options.deadline` allow.
public struct DynamoDBStore: Store {
    let client: DynamoDBClient
    let options: Options
    /// Told of the units that requests consume.
    var meters: [StoreMeter] = []

    /// A store in the account, region and endpoint of the settings.
    ///
    /// - Throws: When there are no credentials, no region, or no usable endpoint.
    public init(
        settings: AWSSettings, transport: any HTTPTransport, options: Options = Options()
    ) throws(AWSSettingsError) {
        try self.init(settings: settings, transport: transport, options: options, surroundings: .system)
    }

    init(
        settings: AWSSettings, transport: any HTTPTransport, options: Options, surroundings: Surroundings
    ) throws(AWSSettingsError) {
        self.options = options
        client = DynamoDBClient(
            endpoint: try settings.endpoint(of: "dynamodb"), transport: transport,
            signer: Signer(service: "dynamodb", region: try settings.requiredRegion()),
            credentials: try CredentialsCache(settings), options: options, surroundings: surroundings,
            budget: RetryBudget(capacity: options.retryTokens))
    }
}

extension DynamoDBStore {
    public struct Options: Sendable {
        /// Requests that one call of the store has under way at a time.
        public var parallelRequests = 16
        /// How long one request may take, retries and waits included; more for large bodies. Under the 29 s
        /// after which API Gateway gives up.
        public var deadline = Duration.seconds(25)
        /// How long one attempt may take; more for large bodies.
        public var attemptTimeout = Duration.seconds(10)
        /// How long a connection used before may stay silent until the request goes over a new one, where it has
        /// `attemptTimeout`; more for large bodies. DynamoDB begins to answer within a fraction of a second, and one
        /// that takes longer is asked twice, no more.
        public var keptConnectionSilence = Duration.seconds(2)
        /// How long a table may take to come or go.
        public var tableDeadline = Duration.seconds(120)
        public var retry = RetryPolicy()
        /// Tokens for retries (5 each), for all calls together.
        public var retryTokens = 500
        /// Whether answers may come compressed.
        public var acceptsGzip = true
        /// The largest answer once inflated.
        public var answerBytes = 64 * 1024 * 1024

        public init() {}
    }
}

/// DynamoDB's own limits on one request.
///
/// Source: Amazon DynamoDB Developer Guide, "Quotas".
enum RequestLimits {
    static let batchWrites = 25
    static let batchReads = 100
    /// A little under 16 MB, counted in JSON, which is larger than the rows it holds.
    static let requestBytes = 16 * 1024 * 1024 - 4096
}

/// Runs a call and gives its failure as the port's.
func translating<Value>(
    _ table: TableName, _ call: () async throws(DynamoDBFailure) -> Value
) async throws(StoreError) -> Value {
    do { return try await call() } catch { throw StoreError(error, table: table) }
}

/// Reads an answer and gives its faults as the port's.
func reading<Value>(
    _ answer: [UInt8], _ body: (inout JSONReader) throws(JSONError) -> Value
) throws(StoreError) -> Value {
    do { return try JSONReader.read(answer, body) } catch { throw StoreError(error) }
}

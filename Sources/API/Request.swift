/// A request as the API sees it, whatever brought it: the local server or an event of API Gateway.
public struct Request: Sendable {
    /// Upper case.
    public var method: String
    /// Begins with `/`, as the client sent it: percent-encoded, without query and without stage.
    public var path: String
    /// Decoded names and values, in order.
    public var query: [(name: String, value: String)]
    public var body: [UInt8]
    public var credential: Credential

    public init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        body: [UInt8] = [], credential: Credential
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.credential = credential
    }

    /// What speaks for the caller.
    public enum Credential: Sendable {
        /// API Gateway's REST API has checked the key, which it knows by this id, before it called the function.
        case checkedByGateway(keyID: String)
        /// The value of `x-api-key` as presented, which nothing has checked yet.
        case presented(String?)
    }
}

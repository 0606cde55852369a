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

    /// - Parameter target: The path and, behind a question mark, the query, both as the client sent them. What is wrongly encoded in a query
    ///   is taken as it is.
    public init(method: String, target: Substring, body: [UInt8], credential: Credential) {
        let cut = target.firstIndex(of: "?")
        self.init(
            method: method, path: String(target[..<(cut ?? target.endIndex)]),
            query: cut.map { Self.parameters(target[target.index(after: $0)...]) } ?? [], body: body,
            credential: credential)
    }

    private static func parameters(_ query: Substring) -> [(name: String, value: String)] {
        query.split(separator: "&").map { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: percentDecoded(sides[0]), value: sides.count > 1 ? percentDecoded(sides[1]) : "")
        }
    }

    private static func percentDecoded(_ text: Substring) -> String {
        API.percentDecoded(text.utf8).flatMap { String(validating: $0, as: UTF8.self) } ?? String(text)
    }

    /// What speaks for the caller.
    public enum Credential: Sendable {
        /// API Gateway's REST API has checked the key, which it knows by this id, before it called the function.
        case checkedByGateway(keyID: String)
        /// The value of `x-api-key` as presented, which nothing has checked yet.
        case presented(String?)
    }
}

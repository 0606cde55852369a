import JSON

/// An answer of the API. CORS and content type are among its headers.
public struct Response: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension Response {
    /// A JSON answer that any page may read.
    init(status: Int = 200, headers: [(name: String, value: String)] = [], json: [UInt8]) {
        self.init(status: status, headers: Self.jsonHeaders + headers, body: json)
    }

    /// An answer of one value.
    init(_ value: some JSONWritable) { self.init(json: JSONWriter.bytes(value)) }

    /// An answer of one object, whose members `body` writes.
    init(object body: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.writeObject(body)
        self.init(json: writer.bytes)
    }

    /// `{"message": "success"}` and what `more` adds.
    static func success(_ more: (inout JSONWriter) -> Void = { _ in }) -> Response {
        Response { writer in
            writer.member("message", "success")
            more(&writer)
        }
    }

    /// An answer that is no JSON.
    init(text: String, type: String) {
        self.init(status: 200, headers: [("Content-Type", type), Self.allowOrigin], body: Array(text.utf8))
    }

    /// What a browser asks before it sends a request with a key to another origin.
    static let preflight = Response(
        status: 204,
        headers: [
            allowOrigin,
            ("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
            ("Access-Control-Allow-Headers", "Content-Type, X-Api-Key"),
            ("Access-Control-Max-Age", "86400"),
        ], body: [])

    private static let allowOrigin = (name: "Access-Control-Allow-Origin", value: "*")
    private static let jsonHeaders = [(name: "Content-Type", value: "application/json"), allowOrigin]
}

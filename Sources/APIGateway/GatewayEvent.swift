import API
import JSON

/// An HTTP request as API Gateway or a function URL hands it to Lambda.
///
/// Three shapes, told apart by marks that AWS sets and a client cannot:
///
/// | shape | mark | path | query | who checked the key |
/// |---|---|---|---|---|
/// | REST API (v1) | `httpMethod`, no `version` | `path`, as sent, after a custom domain's base path | decoded maps | see below |
/// | HTTP API (v2) | `version` 2.0 | `rawPath`, decoded, after a named stage | raw | nobody |
/// | function URL | `version` 2.0, a `lambda-url` domain | `rawPath`, as sent | raw | nobody |
///
/// A REST API's gateway has checked the key when `requestContext.identity` names one, which it does only for methods that
/// demand one. An HTTP API may be set to send payload format 1.0, which is of the REST shape with `version` 1.0. A load
/// balancer's events, of that shape too and encoded otherwise, are refused.
///
/// Source: Amazon API Gateway Developer Guide, "Lambda proxy integrations"; AWS Lambda Developer Guide, "Function URLs".
struct GatewayEvent {
    var version: String?
    var method: String?
    var path: String?
    /// The template of a REST API's route: `/projects/{projectId}`.
    var resource: String?
    /// The route of an HTTP API: `GET /projects/{projectId}`, or `$default`.
    var routeKey: String?
    var pathParameters: [(name: String, value: String)] = []
    var rawPath: String?
    var rawQuery: String?
    var headers: [(name: String, value: String)] = []
    var multiValueHeaders: [(name: String, value: String)] = []
    var query: [(name: String, value: String)] = []
    var multiValueQuery: [(name: String, value: String)] = []
    var context = Context()
    var body: String?
    var isBase64Encoded = false
    /// Of an event of EventBridge.
    var source: String?
    var detailType: String?

    /// `requestContext`: what the gateway itself says.
    struct Context {
        var httpMethod: String?
        var stage: String?
        var domainName: String?
        /// The id of the API key in `identity`, which is there only where the gateway demanded one.
        var checkedKeyID: String?
        var isLoadBalancer = false
    }

    /// What EventBridge sends by a schedule's rule: only who may invoke the function can, as no client's request has these members.
    ///
    /// Source: Amazon EventBridge User Guide, "Scheduled Event".
    var isSchedule: Bool {
        source == "aws.events" && detailType == "Scheduled Event" && method == nil && !isVersion2
    }

    var isREST: Bool { version == nil }

    var isVersion2: Bool { version == "2.0" }

    var isFunctionURL: Bool { context.domainName?.contains(".lambda-url.") ?? false }
}

extension GatewayEvent {
    /// - Throws: `JSONError` when the bytes are no object with fields of these kinds. Fields that are missing, null or
    ///   unknown are no error.
    init(_ bytes: [UInt8]) throws(JSONError) {
        var event = GatewayEvent()
        try JSONReader.read(bytes) { reader throws(JSONError) in
            try reader.readObject { key, reader throws(JSONError) in
                if try reader.skipNull() { return }
                try event.read(key, &reader)
            }
        }
        self = event
    }

    private mutating func read(_ key: String, _ reader: inout JSONReader) throws(JSONError) {
        switch key {
        case "version": version = try reader.readString()
        case "httpMethod": method = try reader.readString()
        case "path": path = try reader.readString()
        case "resource": resource = try reader.readString()
        case "routeKey": routeKey = try reader.readString()
        case "pathParameters": pathParameters = try reader.readPairs()
        case "rawPath": rawPath = try reader.readString()
        case "rawQueryString": rawQuery = try reader.readString()
        case "headers": headers = try reader.readPairs()
        case "multiValueHeaders": multiValueHeaders = try reader.readMultiPairs()
        case "queryStringParameters": query = try reader.readPairs()
        case "multiValueQueryStringParameters": multiValueQuery = try reader.readMultiPairs()
        case "body": body = try reader.readString()
        case "isBase64Encoded": isBase64Encoded = try reader.readBool()
        case "source": source = try reader.readString()
        case "detail-type": detailType = try reader.readString()
        case "requestContext": context = try Context(&reader)
        default: try reader.skip()
        }
    }
}

extension GatewayEvent.Context {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var context = GatewayEvent.Context()
        try reader.readObject { key, reader throws(JSONError) in
            if try reader.skipNull() { return }
            switch key {
            case "stage": context.stage = try reader.readString()
            case "domainName": context.domainName = try reader.readString()
            case "http": context.httpMethod = try reader.readMember("method")
            case "identity": context.checkedKeyID = try reader.readKeyID()
            case "elb":
                context.isLoadBalancer = true
                try reader.skip()
            default: try reader.skip()
            }
        }
        self = context
    }
}

extension JSONReader {
    /// Reads a null and tells that there was one; any other value stays to be read.
    fileprivate mutating func skipNull() throws(JSONError) -> Bool {
        guard try peekKind() == .null else { return false }
        try readNull()
        return true
    }

    /// `{"name": "value"}`; a null value is left out.
    fileprivate mutating func readPairs() throws(JSONError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        try readObject { name, reader throws(JSONError) in
            if try !reader.skipNull() { pairs.append((name, try reader.readString())) }
        }
        return pairs
    }

    /// `{"name": ["value", "value"]}`
    fileprivate mutating func readMultiPairs() throws(JSONError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        try readObject { name, reader throws(JSONError) in
            if try reader.skipNull() { return }
            try reader.readArray { _, reader throws(JSONError) in
                pairs.append((name, try reader.readString()))
            }
        }
        return pairs
    }

    /// One member of an object, if it is a string.
    fileprivate mutating func readMember(_ wanted: String) throws(JSONError) -> String? {
        var found: String?
        try readObject { key, reader throws(JSONError) in
            if key == wanted, try reader.peekKind() == .string {
                found = try reader.readString()
            } else {
                try reader.skip()
            }
        }
        return found
    }

    /// The id of the key that the gateway checked; empty when `identity` has the key and no id.
    fileprivate mutating func readKeyID() throws(JSONError) -> String? {
        var (id, hasKey) = ("", false)
        try readObject { name, reader throws(JSONError) in
            guard name == "apiKeyId" || name == "apiKey", try reader.peekKind() == .string else {
                return try reader.skip()
            }
            let value = try reader.readString()
            hasKey = hasKey || !value.isEmpty
            if name == "apiKeyId" { id = value }
        }
        return hasKey ? id : nil
    }
}

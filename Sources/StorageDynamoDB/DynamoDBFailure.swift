import AWS
import HTTPClient
import JSON

/// Why a call of DynamoDB gave no result, after all attempts.
struct DynamoDBFailure: Error {
    enum Kind {
        /// The service refused or failed, in its own words.
        case exception(code: String, message: String, status: Int)
        case noAnswer(HTTPTransportError)
        /// An answer that did not arrive as it was sent, or says nothing that is understood.
        case brokenAnswer(reason: String)
        case credentials(AWSSettingsError)
        case cancelled
    }

    var kind: Kind
    /// An earlier attempt may have been carried out although its answer was lost.
    var wasTriedBefore = false

    init(_ kind: Kind) { self.kind = kind }

    /// The exception's name, without its namespace.
    var code: String? { if case .exception(let code, _, _) = kind { code } else { nil } }
}

extension DynamoDBFailure {
    /// Reads an error's body: `{"__type": "namespace#Name", "message" or "Message": "…"}`.
    init(status: Int, body: [UInt8]) {
        var (type, message) = ("HTTP \(status)", "")
        // A proxy's error page is no JSON; the status has to do.
        try? JSONReader.read(body) { reader throws(JSONError) in
            try reader.readObject { key, reader throws(JSONError) in
                switch key {
                case "__type": type = try reader.readString()
                case "message", "Message": message = try reader.readString()
                default: try reader.skip()
                }
            }
        }
        let code = type.split(separator: "#").last.map(String.init) ?? type
        self.init(.exception(code: code, message: message, status: status))
    }

    /// The kind of failure for the retry policy; nil when another attempt would fail as well.
    ///
    /// Source: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB".
    var retry: RetryPolicy.Failure? {
        switch kind {
        case .noAnswer(.connection), .noAnswer(.timedOut), .brokenAnswer: return .noAnswer
        case .noAnswer, .credentials, .cancelled: return nil
        case .exception(let code, let message, let status):
            if throttlingCodes.contains(code) || status == 429 { return .throttled }
            if staleCodes.contains(code) || (code == "InvalidSignatureException" && message.isAboutTime) {
                return .stale
            }
            return status >= 500 || conflictCodes.contains(code) ? .serviceFailed : nil
        }
    }

    /// Whether the attempt may have been carried out.
    var mayHaveHappened: Bool {
        switch kind {
        case .noAnswer(.connection), .noAnswer(.timedOut), .brokenAnswer: true
        case .exception(_, _, let status): status >= 500
        default: false
        }
    }
}

private let throttlingCodes: Set<String> = [
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
    "LimitExceededException",
]

/// Refusals that new credentials or a new time may end.
private let staleCodes: Set<String> = [
    "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "RequestTimeTooSkewed",
    "RequestExpired",
]

private let conflictCodes: Set<String> = [
    "TransactionConflictException", "TransactionInProgressException", "ReplicatedWriteConflictException",
]

extension String {
    /// Of a refused signature: signed too long ago, or in the service's future.
    fileprivate var isAboutTime: Bool { contains("expired") || contains("not yet current") }
}

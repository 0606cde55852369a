import AWS
import HTTPClient
import JSON
import Storage

extension StoreError {
    /// What a failed call means at the port; here alone DynamoDB's words are translated.
    ///
    /// - Parameter table: The table that the call was about.
    init(_ failure: DynamoDBFailure, table: TableName) {
        switch failure.kind {
        case .cancelled, .noAnswer(.cancelled): self = .cancelled
        case .credentials(let error): self = .forbidden(reason: "\(error)")
        case .brokenAnswer(let reason): self = .unavailable(store: storeName, reason: reason)
        case .noAnswer(let error): self = .unavailable(store: storeName, reason: error.words)
        case .exception(let code, let message, _):
            self = StoreError(code: code, message: message, failure: failure, table: table)
        }
    }

    private init(code: String, message: String, failure: DynamoDBFailure, table: TableName) {
        switch code {
        case "ConditionalCheckFailedException": self = .conflict
        case "ResourceNotFoundException": self = .notFound(table: table)
        case "ValidationException" where message.hasPrefix("Item size"):
            // DynamoDB does not tell the size.
            self = .tooLarge(limitBytes: StoreLimits.rowBytes, receivedBytes: StoreLimits.rowBytes + 1)
        case "AccessDeniedException": self = .forbidden(reason: "\(code): \(message)")
        case _ where refusalCodes.contains(code):
            // Their messages quote the signed request, session token and all.
            self = .forbidden(reason: code)
        default:
            if case .throttled? = failure.retry {
                self = .throttled
            } else {
                self = .unavailable(store: storeName, reason: "\(code): \(message)")
            }
        }
    }

    /// An answer of DynamoDB's that holds something else than was expected.
    init(_ error: JSONError) {
        switch error.kind {
        case .syntax: self = .unavailable(store: storeName, reason: "an answer that is \(error)")
        default: self = .unreadable(reason: "\(error)")
        }
    }
}

private let storeName = "DynamoDB"

private let refusalCodes: Set<String> = [
    "UnrecognizedClientException", "InvalidSignatureException", "MissingAuthenticationTokenException",
    "MissingAuthenticationToken", "IncompleteSignatureException", "IncompleteSignature",
    "ExpiredTokenException",
    "ExpiredToken", "RequestTimeTooSkewed", "RequestExpired", "InvalidClientTokenId", "SignatureDoesNotMatch",
]

extension HTTPTransportError {
    fileprivate var words: String {
        switch self {
        case .connection(let reason): "no connection: \(reason)"
        case .timedOut: "no answer in time"
        case .cancelled: "cancelled"
        case .unsendable(let reason): "unsendable: \(reason)"
        case .answerTooLarge(let limit): "an answer of more than \(limit) bytes"
        }
    }
}

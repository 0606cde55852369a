import JSON
import Whiplash

/// Why a request could not be answered as it wished: what the client is told.
struct Problem: Error {
    var code: Code
    /// For a person; whole sentences. Holds no vector, no metadata and no key.
    var message: String
    /// The field at fault as a path from the body's root, or the parameter's name.
    var field: String?
    /// Where a condition did not hold: the version that is stored.
    var version: ItemVersion?
    var headers: [(name: String, value: String)] = []
    /// For the operator's log alone.
    var detail: String?

    init(_ code: Code, _ message: String, field: String? = nil) {
        self.code = code
        self.message = message
        self.field = field
    }

    /// Kinds a client can branch on; each has one status.
    enum Code: String, CaseIterable {
        case invalid
        case unauthorized
        case forbidden
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case alreadyExists = "already_exists"
        case conflict
        case bodyTooLarge = "body_too_large"
        case answerTooLarge = "answer_too_large"
        case itemTooLarge = "item_too_large"
        case throttled
        case misconfigured
        case unreadable
        case internalError = "internal_error"
        case timeout
        case unavailable

        var status: Int {
            switch self {
            case .invalid: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .alreadyExists, .conflict: 409
            case .bodyTooLarge, .answerTooLarge, .itemTooLarge: 413
            case .throttled: 429
            case .misconfigured, .unreadable, .internalError: 500
            case .timeout, .unavailable: 503
            }
        }
    }
}

extension Problem {
    /// A field that breaks a rule.
    static func invalid(_ field: String, expected: String, received: String) -> Problem {
        Problem(
            .invalid, "\(Problem.subject(field)): expected \(expected), received \(received).",
            field: field.isEmpty ? nil : field)
    }

    /// A field's name in quotes; the body itself when it has none.
    static func subject(_ field: String) -> String { field.isEmpty ? "The body" : "'\(field)'" }

    /// `{"error": {"status", "code", "message", "field"?, "version"?}, "message"}`.
    var response: Response {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.member("error", self)
            writer.member("message", message)
        }
        return Response(status: code.status, headers: headers, json: writer.bytes)
    }
}

extension Problem: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("status", code.status)
            writer.member("code", code.rawValue)
            writer.member("message", message)
            if let field { writer.member("field", field) }
            if let version { writer.member("version", version.text) }
        }
    }
}

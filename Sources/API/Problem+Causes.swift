import JSON
import Storage
import Whiplash

/// What each error of the rooms below means to a client.
extension Problem {
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as JSONError: self.init(error)
        case let error as WhiplashError: self.init(error)
        default:
            self.init(.internalError, "Something went wrong that should not have.")
            detail = "\(error)"
        }
    }

    init(_ error: WhiplashError) {
        switch error {
        case .invalid(let violation):
            self = .invalid(violation.field, expected: violation.expected, received: violation.received)
        case .notFound(let resource, let name):
            self.init(.notFound, "There is no \(resource) '\(shortened(name))'.")
        case .alreadyExists(let resource, let name):
            let article = resource == .alias ? "an" : "a"
            self.init(.alreadyExists, "There is \(article) \(resource) '\(shortened(name))' already.")
        case .conflict(let reason):
            self.init(.conflict, "Another request was at the same: \(reason).")
        case .conditionFailed(let id, let version, let field):
            let found =
                version.map { "the item '\(shortened(id))' is there, of version '\($0)'" }
                ?? "there is no item '\(shortened(id))'"
            self.init(.conflict, "\(Problem.subject(field)): \(found).", field: field)
            self.version = version
        case .tooLarge(let field, let limit, let received):
            self.init(
                .itemTooLarge,
                "\(Problem.subject(field)): an item may take \(limit) bytes as stored, this one takes \(received).",
                field: field)
        case .store(let error): self.init(error)
        }
    }

    private init(_ error: StoreError) {
        switch error {
        case .notFound:
            self.init(.notFound, "The collection is not there, or is just being created or deleted.")
        case .conflict:
            self.init(.conflict, "Another request changed the same at the same time; try again.")
        case .throttled:
            self.init(.throttled, "The store is asked for too much at once; try again soon.")
            headers = [("Retry-After", "1")]
        case .tooLarge(let limit, let received):
            self.init(.itemTooLarge, "A row may take \(limit) bytes as stored, this one takes \(received).")
        case .unreadable(let reason):
            self.init(.unreadable, "What is stored cannot be read by this version: \(reason).")
        case .cancelled:
            self.init(.timeout, "The time for this request ran out; ask for less at once, or try again.")
        case .forbidden(let reason):
            self.init(
                .misconfigured,
                "The store refuses this server's credentials or rights: \(reason). Its owner has to mend that."
            )
        case .unavailable(let store, let reason):
            self.init(.unavailable, "The store (\(store)) does not answer as it should; try again soon.")
            detail = reason
        }
    }

    private init(_ error: JSONError) {
        let field = shortened(error.field)
        switch error.kind {
        case .syntax(let reason):
            let place = field.isEmpty ? "" : " in '\(field)'"
            self.init(.invalid, "The body is not valid JSON, at byte \(error.offset)\(place): \(reason).")
            self.field = field.isEmpty ? nil : field
        case .mismatch(let expected, let received):
            self = .invalid(field, expected: expected, received: received)
        case .outOfRange(let expected):
            self = .invalid(field, expected: expected, received: "a number out of its range")
        case .refused(let cause as FieldFault): self.init(cause, field: field)
        case .refused(let cause): self.init(cause)
        }
    }

    private init(_ fault: FieldFault, field: String) {
        switch fault {
        case .missing: self.init(.invalid, "'\(field)' is needed and missing.", field: field)
        case .twice: self = .invalid(field, expected: "a field once", received: "it twice")
        case .fixed(let instead):
            self.init(.invalid, "'\(field)' cannot be changed: \(instead).", field: field)
        case .unknown(let known):
            let names = known.map { "'\($0)'" }.joined(separator: ", ")
            self.init(
                .invalid, "'\(field)' is not a field of this request; these are: \(names).", field: field)
        case .rule(let expected, let received):
            self = .invalid(field, expected: expected, received: received)
        }
    }
}

/// Names come from clients and may be of any length.
private func shortened(_ text: String) -> String {
    text.unicodeScalars.count > 128
        ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(127))) + "…" : text
}

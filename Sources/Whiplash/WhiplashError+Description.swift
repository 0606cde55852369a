import Storage

/// Each error in a sentence for a person. Holds no vector, no metadata and no key.
extension WhiplashError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalid(let violation): "\(violation)"
        case .notFound(let resource, let name): "there is no \(resource.rawValue) '\(name)'"
        case .alreadyExists(let resource, let name): "there is a \(resource.rawValue) '\(name)' already"
        case .conflict(let reason): "another request was at the same: \(reason)"
        case .conditionFailed(let id, let version?, let field):
            "'\(field)': the item '\(id)' is there, of version \(version)"
        case .conditionFailed(let id, nil, let field): "'\(field)': there is no item '\(id)'"
        case .tooLarge(let field, let limit, let received):
            (field.isEmpty ? "" : "'\(field)': ")
                + "at most \(limit) bytes can be taken, this would be \(received)"
        case .store(let error): describe(error)
        }
    }
}

extension Violation: CustomStringConvertible {
    public var description: String {
        (field.isEmpty ? "" : "'\(field)': ") + "expected \(expected), received \(received)"
    }
}

private func describe(_ error: StoreError) -> String {
    switch error {
    case .notFound(let table): "the table \(table) is not there"
    case .conflict: "another request changed the same at the same time; try again"
    case .throttled: "too much is asked at once; try again soon"
    case .tooLarge(let limit, let received):
        "a row may take \(limit) bytes as stored, this one takes \(received)"
    case .unreadable(let reason): "what is stored cannot be read by this version: \(reason)"
    case .cancelled: "the work was cancelled"
    case .forbidden(let reason): "access is refused: \(reason)"
    case .unavailable(let store, let reason): "\(store) does not answer as it should: \(reason)"
    }
}

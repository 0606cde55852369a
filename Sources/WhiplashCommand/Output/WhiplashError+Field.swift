import Whiplash

extension WhiplashError {
    /// The same error, about a field of another name where it is about one.
    func mapField(_ name: (String) -> String) -> WhiplashError {
        switch self {
        case .invalid(var violation):
            violation.field = name(violation.field)
            return .invalid(violation)
        case .conditionFailed(let id, let version, let field):
            return .conditionFailed(id: id, version: version, field: name(field))
        case .tooLarge(let field, let limit, let received):
            return .tooLarge(field: name(field), limitBytes: limit, receivedBytes: received)
        default: return self
        }
    }
}

import Storage

/// What can go wrong in the engine. Each kind has its HTTP status in one file of the API.
public enum WhiplashError: Error {
    /// Something the caller sent breaks a rule. Nothing was stored.
    case invalid(Violation)
    case notFound(Resource, name: String)
    case alreadyExists(Resource, name: String)
    /// Another change was made at the same time; reading again and retrying may succeed.
    case conflict(reason: String)
    /// What is stored under an item's id is not what its write's condition says. `version` is that of what is stored; nil when there is
    /// none. Of this item nothing was stored.
    case conditionFailed(id: String, version: ItemVersion?, field: String)
    /// An item is larger than a store can take. Nothing was stored.
    case tooLarge(field: String, limitBytes: Int, receivedBytes: Int)
    case store(StoreError)
}

/// One broken rule: where, what was expected and what came. `received` describes and never repeats a
/// vector, metadata or a key.
public struct Violation: Sendable, Equatable {
    /// The field as a path from the body's root, such as `vectors[3].vector`.
    public var field: String
    public var expected: String
    public var received: String

    public init(field: String, expected: String, received: String) {
        self.field = field
        self.expected = expected
        self.received = received
    }
}

public enum Resource: String, Sendable {
    case project, collection, item, alias
}

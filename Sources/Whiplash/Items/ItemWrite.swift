/// An item to store, and what has to hold for it.
public struct ItemWrite: Sendable {
    public var item: Item
    /// Nil stores the item in the place of whatever has its id.
    public var condition: ItemCondition?

    public init(_ item: Item, if condition: ItemCondition? = nil) {
        self.item = item
        self.condition = condition
    }
}

/// What has to hold of what is stored under an item's id. An item that has expired is not there.
public enum ItemCondition: Hashable, Sendable {
    /// There is none.
    case absent
    /// It is the one of this version.
    case version(ItemVersion)

    /// The field of a request that says so.
    package var field: String {
        switch self {
        case .absent: "if_absent"
        case .version: "version"
        }
    }
}

/// What became of a number of writes.
public struct WriteReport: Sendable {
    /// The items as they are stored, by position; nil where one is not.
    public var items: [Item?]
    /// Those that were not stored, by position.
    public var failures: [ItemFailure]

    public init(items: [Item?], failures: [ItemFailure]) {
        self.items = items
        self.failures = failures
    }
}

/// Why one of several items was not stored.
public struct ItemFailure: Error, Sendable {
    /// Its place among those that were to be stored, from 0.
    public var position: Int
    public var id: String
    public var error: WhiplashError

    public init(position: Int, id: String, error: WhiplashError) {
        self.position = position
        self.id = id
        self.error = error
    }
}

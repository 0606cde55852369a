/// A project and the collections in it, by name.
public struct Project: Sendable {
    public var name: String
    public var collections: [CollectionConfiguration]

    public init(name: String, collections: [CollectionConfiguration]) {
        self.name = name
        self.collections = collections
    }
}

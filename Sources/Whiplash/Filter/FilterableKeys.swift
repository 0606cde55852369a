import JSON

/// The metadata keys whose values travel in the bucket rows of a collection, given when it was created.
///
/// A key is a path as a filter names it: `lang`, or `author.born`.
struct FilterableKeys: Sendable {
    /// In the order in which rows have their values.
    let names: [String]
    private let paths: [[Substring]]

    /// The most keys of one collection.
    static let maxCount = 8
    /// The bytes of one key.
    static let nameBytes = 1...128

    init(_ names: [String]) {
        self.names = names
        paths = names.map { $0.split(separator: ".", omittingEmptySubsequences: false) }
    }

    /// Which of them a filter's path is.
    func index(of path: String) -> Int? { names.firstIndex { $0.utf8.elementsEqual(path.utf8) } }

    /// What an item's rows carry; nil in a collection without such keys.
    ///
    /// - Complexity: O(size of the metadata × keys).
    func values(of metadata: RawJSON?) -> FilterableValues? {
        if names.isEmpty { return nil }
        let metadata = MetadataValue(of: metadata)
        return FilterableValues(paths.map { EncodedValue(metadata.values(at: $0[...])) })
    }
}

/// A condition on an item's metadata, in the field's common language of operators: `docs/filters.md`.
///
/// ```swift
/// let filter: MetadataFilter = .and([
///     .holds("lang", .equal(.string("en"))), .holds("year", .compare(.atLeast, .number(2020))),
/// ])
/// let same = try MetadataFilter(RawJSON(parsing: #"{"lang": "en", "year": {"$gte": 2020}}"#))
/// ```
public indirect enum MetadataFilter: Sendable, Equatable {
    /// A test that the values under a path pass. `path` is a key, or keys joined by dots into nested objects.
    case holds(_ path: String, Test)
    /// All of them; of none, every item.
    case and([MetadataFilter])
    /// One of them at least; of none, no item.
    case or([MetadataFilter])
    case not(MetadataFilter)

    /// What is asked of the values under a path: of a value that is no array that itself, of an array the array and
    /// each of its elements.
    public enum Test: Sendable, Equatable {
        /// A value equals this one. Numbers are compared as float64, strings as bytes of UTF-8.
        case equal(Scalar)
        /// A value equals one of these.
        case isIn([Scalar])
        /// A value of the same kind is so ordered: numbers by size, strings by their bytes. Only of these two.
        case compare(Order, Scalar)
        /// There is a value, be it null.
        case exists
        /// Each of these is among the values: `$all`.
        case hasAll([Scalar])
    }

    public enum Order: String, Sendable, CaseIterable {
        case above = "$gt"
        case atLeast = "$gte"
        case below = "$lt"
        case atMost = "$lte"
    }

    /// A value that is neither an array nor an object.
    public enum Scalar: Sendable {
        case string(String)
        case number(Double)
        case boolean(Bool)
        case null
    }

    /// The most tests that one filter may have.
    public static let maxTests = 256
    /// The most values of one list.
    public static let maxValues = 1000
}

extension MetadataFilter {
    /// Whether it surely passes every item, having no condition.
    var passesAll: Bool {
        switch self {
        case .holds: false
        case .and(let parts): parts.allSatisfy(\.passesAll)
        case .or(let parts): parts.contains(where: \.passesAll)
        case .not(let part): part.passesNone
        }
    }

    private var passesNone: Bool {
        switch self {
        case .holds: false
        case .and(let parts): parts.contains(where: \.passesNone)
        case .or(let parts): parts.allSatisfy(\.passesNone)
        case .not(let part): part.passesAll
        }
    }
}

extension MetadataFilter.Scalar: Equatable {
    /// Strings are compared as bytes, not as Swift compares them.
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.number(let left), .number(let right)): left == right
        case (.boolean(let left), .boolean(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }
}

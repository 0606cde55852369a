import JSON

extension MetadataFilter {
    /// Whether an item with this metadata passes. One without metadata passes as one with an empty object does.
    ///
    /// - Complexity: O(size of the metadata × tests).
    public func matches(_ metadata: RawJSON?) -> Bool {
        matches(MetadataValue(of: metadata))
    }

    func matches(_ metadata: MetadataValue) -> Bool {
        switch self {
        case .holds(let path, let test):
            test.passes(
                metadata.values(at: path.split(separator: ".", omittingEmptySubsequences: false)[...]))
        case .and(let filters): filters.allSatisfy { $0.matches(metadata) }
        case .or(let filters): filters.contains { $0.matches(metadata) }
        case .not(let filter): !filter.matches(metadata)
        }
    }
}

extension MetadataFilter.Test {
    /// - Parameter found: What is under the path; several where it leads through arrays.
    fileprivate func passes(_ found: [MetadataValue]) -> Bool {
        if case .exists = self { return !found.isEmpty }
        let scalars = found.flatMap(\.scalars)
        return switch self {
        case .equal(let value): scalars.contains(value)
        case .isIn(let values): scalars.contains { values.contains($0) }
        case .compare(let order, let value): scalars.contains { order.holds($0, value) }
        case .hasAll(let values): values.allSatisfy { scalars.contains($0) }
        case .exists: true
        }
    }
}

extension MetadataFilter.Order {
    func holds(_ left: MetadataFilter.Scalar, _ right: MetadataFilter.Scalar) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)):
            holds(isLess: left < right, isEqual: left == right)
        case (.string(let left), .string(let right)):
            holds(
                isLess: left.utf8.lexicographicallyPrecedes(right.utf8),
                isEqual: left.utf8.elementsEqual(right.utf8))
        default: false
        }
    }

    func holds(isLess: Bool, isEqual: Bool) -> Bool {
        switch self {
        case .above: !isLess && !isEqual
        case .atLeast: !isLess
        case .below: isLess
        case .atMost: isLess || isEqual
        }
    }
}

/// Metadata taken apart.
enum MetadataValue: Sendable, Equatable {
    case scalar(MetadataFilter.Scalar)
    case array([MetadataValue])
    case object([(key: String, value: MetadataValue)])

    /// An item's metadata as filters see it: an empty object where there is none, or none that can be read.
    init(of metadata: RawJSON?) { self = metadata.flatMap(Self.init) ?? .object([]) }

    /// Nil for what is not JSON after all.
    init?(_ json: RawJSON) {
        guard
            let value = try? JSONReader.read(
                Array(json.text.utf8),
                { reader throws(JSONError) in try MetadataValue(&reader) })
        else { return nil }
        self = value
    }

    init(_ reader: inout JSONReader) throws(JSONError) {
        switch try reader.peekKind() {
        case .array:
            var elements: [MetadataValue] = []
            try reader.readArray { _, reader throws(JSONError) in elements.append(try Self(&reader)) }
            self = .array(elements)
        case .object:
            var members: [(key: String, value: MetadataValue)] = []
            try reader.readObject { key, reader throws(JSONError) in members.append((key, try Self(&reader)))
            }
            self = .object(members)
        default: self = .scalar(try MetadataFilter.Scalar(&reader))
        }
    }

    /// What is under a path: its keys one by one, or several at once where a key has dots itself, through each
    /// element of an array on the way. Of a key that an object has twice the last counts.
    func values(at path: ArraySlice<Substring>) -> [MetadataValue] {
        switch self {
        case _ where path.isEmpty: return [self]
        case .scalar: return []
        case .array(let elements): return elements.flatMap { $0.values(at: path) }
        case .object(let members):
            return path.indices.flatMap { index -> [MetadataValue] in
                let key = path[...index].joined(separator: ".")
                let member = members.last { $0.key.utf8.elementsEqual(key.utf8) }
                return member?.value.values(at: path[(index + 1)...]) ?? []
            }
        }
    }

    /// A scalar itself, and those that an array has.
    var scalars: [MetadataFilter.Scalar] {
        switch self {
        case .scalar(let scalar): [scalar]
        case .array(let elements):
            elements.compactMap { if case .scalar(let scalar) = $0 { scalar } else { nil } }
        case .object: []
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.scalar(let left), .scalar(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left.elementsEqual(right, by: ==)
        default: false
        }
    }
}

extension MetadataFilter.Scalar {
    /// Reads a value that is neither an array nor an object.
    init(_ reader: inout JSONReader) throws(JSONError) {
        switch try reader.peekKind() {
        case .string: self = .string(try reader.readString())
        case .number: self = .number(try reader.readDouble())
        case .boolean: self = .boolean(try reader.readBool())
        case .null:
            try reader.readNull()
            self = .null
        case let kind:
            throw reader.mismatch(
                expected: "a string, a number, true, false or null", received: kind.description)
        }
    }
}

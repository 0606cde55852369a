/// The attributes of a row: a few values by name.
///
/// Kept in the order of the names' UTF-8 bytes, in which they are stored too. A row has six at most, and rows are read by the thousand: to
/// look through the names costs a fraction of hashing them.
public struct Attributes: Sendable {
    public typealias Element = (name: String, value: StoredValue)

    /// An element. Tuples in an array are copied and destroyed by way of their metadata, which takes several times as long.
    private struct Entry: Sendable {
        let name: String
        var value: StoredValue
    }

    private enum Content: Sendable {
        case own(ContiguousArray<Entry>)
        case ofPage(AttributesOfPage)
    }

    private var content = Content.own([])

    public init() {}

    init(_ attributes: AttributesOfPage) { content = .ofPage(attributes) }

    /// Those of a page are copied out of it.
    private var elements: ContiguousArray<Entry> {
        get {
            switch content {
            case .own(let elements): return elements
            case .ofPage(let attributes):
                return ContiguousArray(
                    (0..<attributes.count).map { attributes[$0] }.map {
                        Entry(name: $0.name, value: $0.value)
                    })
            }
        }
        _modify {
            var elements = elements
            // Held once while it is changed, so that nothing is copied.
            content = .own([])
            defer { content = .own(elements) }
            yield &elements
        }
    }

    public init(minimumCapacity: Int) { elements.reserveCapacity(minimumCapacity) }

    /// The value of this name. Names are compared as UTF-8 bytes. Setting nil removes it.
    public subscript(name: String) -> StoredValue? {
        get {
            switch content {
            case .ofPage(let attributes): return attributes[name]
            case .own(let elements):
                for index in elements.indices where elements[index].name.hasSameBytes(as: name) {
                    return elements[index].value
                }
                return nil
            }
        }
        set { Self.set(name, newValue, in: &elements) }
    }

    private static func set(
        _ name: String, _ value: StoredValue?, in elements: inout ContiguousArray<Entry>
    ) {
        let index = elements.firstIndex { !$0.name.precedes(name) } ?? elements.endIndex
        let isThere = index < elements.endIndex && elements[index].name.hasSameBytes(as: name)
        switch (value, isThere) {
        case (let value?, true): elements[index].value = value
        case (let value?, false): elements.insert(Entry(name: name, value: value), at: index)
        case (nil, true): elements.remove(at: index)
        case (nil, false): break
        }
    }

    /// Adds an attribute whose name comes after all others; false when it does not, and then nothing is added.
    public mutating func append(_ name: String, _ value: StoredValue) -> Bool {
        Self.append(name, value, to: &elements)
    }

    private static func append(
        _ name: String, _ value: StoredValue, to elements: inout ContiguousArray<Entry>
    ) -> Bool {
        if let last = elements.indices.last, !elements[last].name.precedes(name) { return false }
        elements.append(Entry(name: name, value: value))
        return true
    }

    /// Takes another's attributes, in the place of those of the same names.
    public mutating func merge(_ other: Attributes) {
        for (name, value) in other { self[name] = value }
    }
}

extension Attributes {
    /// Calls `body` with the bytes of an attribute, where they lie; nil when it has none.
    public func withBytes<Output>(of name: String, _ body: (UnsafeRawBufferPointer) -> Output) -> Output? {
        if case .ofPage(let attributes) = content { return attributes.withBytes(of: name, body) }
        guard case .bytes(let bytes)? = self[name] else { return nil }
        return bytes.withUnsafeBytes(body)
    }

    /// Of names and values, as `Row.storedSizeBytes` counts.
    var storedSizeBytes: Int {
        switch content {
        case .ofPage(let attributes): attributes.storedSizeBytes
        case .own(let elements): elements.reduce(0) { $0 + $1.name.utf8.count + $1.value.storedSizeBytes }
        }
    }
}

extension Attributes: RandomAccessCollection {
    public var startIndex: Int { 0 }

    public var endIndex: Int {
        switch content {
        case .ofPage(let attributes): attributes.count
        case .own(let elements): elements.count
        }
    }

    public subscript(position: Int) -> Element {
        switch content {
        case .ofPage(let attributes): attributes[position]
        case .own(let elements): (elements[position].name, elements[position].value)
        }
    }
}

extension Attributes: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral pairs: (String, StoredValue)...) {
        var elements: ContiguousArray<Entry> = []
        // Room for one more, as some rows have.
        elements.reserveCapacity(pairs.count + 1)
        for (name, value) in pairs { Self.set(name, value, in: &elements) }
        content = .own(elements)
    }
}

extension Attributes: Hashable {
    public static func == (left: Attributes, right: Attributes) -> Bool {
        left.elementsEqual(right) { $0.name.hasSameBytes(as: $1.name) && $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        for (name, value) in self {
            hasher.combine(bytesOf: name)
            hasher.combine(value)
        }
    }
}

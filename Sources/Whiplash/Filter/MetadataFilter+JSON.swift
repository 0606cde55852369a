import JSON

/// The filter as `MetadataFilter.init(_:field:)` reads it: equal to it, but for one of no alternatives, which becomes the
/// opposite of one that everything passes.
extension MetadataFilter: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            switch self {
            case .holds(let path, let test): writer.member(path, test)
            case .and(let parts) where parts.isEmpty: break
            case .and(let parts): write("$and", parts, to: &writer)
            case .or(let parts) where parts.isEmpty: writer.member("$not", MetadataFilter.and([]))
            case .or(let parts): write("$or", parts, to: &writer)
            case .not(let part): writer.member("$not", part)
            }
        }
    }

    private func write(_ name: String, _ parts: [MetadataFilter], to writer: inout JSONWriter) {
        writer.key(name)
        writer.write(values: parts)
    }
}

extension MetadataFilter.Test: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            switch self {
            case .equal(let value): writer.member("$eq", value)
            case .compare(let order, let value): writer.member(order.rawValue, value)
            case .exists: writer.member("$exists", true)
            case .isIn(let values):
                writer.key("$in")
                writer.write(values: values)
            case .hasAll(let values):
                writer.key("$all")
                writer.write(values: values)
            }
        }
    }
}

extension MetadataFilter.Scalar: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        switch self {
        case .string(let text): writer.write(text)
        // A number that JSON does not have is refused by whoever reads it, and not taken for null.
        case .number(let number) where !number.isFinite: writer.write(RawJSON(checked: "1e999"))
        case .number(let number): writer.write(number)
        case .boolean(let value): writer.write(value)
        case .null: writer.writeNull()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(values: [some JSONWritable]) {
        writeArray { writer in
            for value in values { writer.write(value) }
        }
    }
}

import JSON

extension MetadataFilter {
    /// Reads a filter from its JSON.
    ///
    /// - Parameter field: Where it stands in a request, for violations such as that of `filter.year.$gte`.
    /// - Throws: `invalid`.
    public init(_ json: RawJSON, field: String = "filter") throws(WhiplashError) {
        var parser = FilterParser()
        do throws(JSONError) {
            self = try JSONReader.read(Array(json.text.utf8)) { reader throws(JSONError) in
                try parser.filter(&reader, under: "")
            }
        } catch {
            throw .invalid(Violation(error, field: field))
        }
    }
}

extension Violation {
    fileprivate init(_ error: JSONError, field: String) {
        let place =
            error.field.isEmpty || error.field.hasPrefix("[")
            ? field + error.field : "\(field).\(error.field)"
        switch error.kind {
        case .mismatch(let expected, let received):
            self.init(field: place, expected: expected, received: received)
        case .outOfRange(let expected):
            self.init(field: place, expected: expected, received: "a number out of its range")
        case .refused(let cause as Fault):
            self.init(field: place, expected: cause.expected, received: cause.received)
        case .syntax, .refused: self.init(field: place, expected: "valid JSON", received: "\(error)")
        }
    }
}

/// Why a value is no part of a filter though it is of the right kind.
private struct Fault: Error {
    let expected: String
    let received: String
}

private struct FilterParser {
    private var testCount = 0

    private static let operators = [
        "$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", "$exists", "$all", "$not",
    ]
    private static let operatorList = operators.joined(separator: ", ")

    /// An object whose members all have to hold: `$and`, `$or` and `$not` of filters, and conditions on keys.
    ///
    /// - Parameter prefix: The path that this object's keys are under.
    mutating func filter(_ reader: inout JSONReader, under prefix: String) throws(JSONError) -> MetadataFilter
    {
        var parts: [MetadataFilter] = []
        try reader.readObject { key, reader throws(JSONError) in
            switch key {
            case "$and": parts.append(.and(try filters(&reader, under: prefix)))
            case "$or": parts.append(.or(try filters(&reader, under: prefix)))
            case "$not": parts.append(.not(try filter(&reader, under: prefix)))
            case _ where key.hasPrefix("$"):
                throw fault(
                    reader, expected: "a metadata key, or one of $and, $or, $not",
                    received: Self.operators.contains(key)
                        ? "an operator without a key, which goes before it" : "an unknown operator")
            default: parts.append(try condition(&reader, on: prefix + key))
            }
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func filters(
        _ reader: inout JSONReader, under prefix: String
    ) throws(JSONError) -> [MetadataFilter] {
        var filters: [MetadataFilter] = []
        try reader.readArray { _, reader throws(JSONError) in
            filters.append(try filter(&reader, under: prefix))
        }
        if filters.isEmpty {
            throw fault(reader, expected: "at least one filter", received: "an empty array")
        }
        return filters
    }

    /// What follows a key: a value to equal, an object of operators, or one of keys below.
    private mutating func condition(
        _ reader: inout JSONReader, on path: String
    ) throws(JSONError) -> MetadataFilter {
        switch try reader.peekKind() {
        case .object: return try members(&reader, on: path)
        case .array:
            throw reader.mismatch(
                expected: "a value, or an object of operators such as $in or $all", received: "an array")
        default: return try test(.equal(try MetadataFilter.Scalar(&reader)), path, reader)
        }
    }

    private mutating func members(
        _ reader: inout JSONReader, on path: String
    ) throws(JSONError) -> MetadataFilter {
        var parts: [MetadataFilter] = []
        var hasOperators: Bool?
        try reader.readObject { key, reader throws(JSONError) in
            let isOperator = key.hasPrefix("$")
            guard hasOperators ?? isOperator == isOperator else {
                throw fault(reader, expected: "either operators or keys in one object", received: "both")
            }
            hasOperators = isOperator
            parts.append(
                isOperator
                    ? try self.operation(key, &reader, on: path)
                    : try condition(&reader, on: path + "." + key))
        }
        guard hasOperators != nil else {
            throw fault(reader, expected: "one of \(Self.operatorList)", received: "an empty object")
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func operation(
        _ name: String, _ reader: inout JSONReader, on path: String
    ) throws(JSONError) -> MetadataFilter {
        if let order = MetadataFilter.Order(rawValue: name) {
            return try test(.compare(order, try ordered(&reader)), path, reader)
        }
        switch name {
        case "$eq": return try test(.equal(try MetadataFilter.Scalar(&reader)), path, reader)
        case "$ne": return .not(try test(.equal(try MetadataFilter.Scalar(&reader)), path, reader))
        case "$in": return try test(.isIn(try values(&reader)), path, reader)
        case "$nin": return .not(try test(.isIn(try values(&reader)), path, reader))
        case "$all": return try test(.hasAll(try values(&reader)), path, reader)
        case "$exists":
            let exists = try test(.exists, path, reader)
            return try reader.readBool() ? exists : .not(exists)
        case "$not": return .not(try members(&reader, on: path))
        default:
            throw fault(reader, expected: "one of \(Self.operatorList)", received: "an unknown operator")
        }
    }

    /// What has an order: a number or a string.
    private func ordered(_ reader: inout JSONReader) throws(JSONError) -> MetadataFilter.Scalar {
        let kind = try reader.peekKind()
        guard kind == .number || kind == .string else {
            throw reader.mismatch(expected: "a number or a string", received: kind.description)
        }
        return try MetadataFilter.Scalar(&reader)
    }

    private func values(_ reader: inout JSONReader) throws(JSONError) -> [MetadataFilter.Scalar] {
        var values: [MetadataFilter.Scalar] = []
        try reader.readArray { index, reader throws(JSONError) in
            if index == MetadataFilter.maxValues {
                throw fault(
                    reader, expected: "at most \(MetadataFilter.maxValues) values", received: "more")
            }
            values.append(try MetadataFilter.Scalar(&reader))
        }
        return values
    }

    private mutating func test(
        _ test: MetadataFilter.Test, _ path: String, _ reader: borrowing JSONReader
    ) throws(JSONError) -> MetadataFilter {
        testCount += 1
        guard testCount <= MetadataFilter.maxTests else {
            throw fault(reader, expected: "at most \(MetadataFilter.maxTests) tests", received: "more")
        }
        return .holds(path, test)
    }

    private func fault(
        _ reader: borrowing JSONReader, expected: String, received: String
    ) -> JSONError {
        reader.refusal(Fault(expected: expected, received: received))
    }
}

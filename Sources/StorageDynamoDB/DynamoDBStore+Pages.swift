import JSON
import Storage

extension DynamoDBStore {
    public func query(_ query: RangeQuery) async throws(StoreError) -> RowPage {
        try checkCancellation()
        guard let range = SortRange(query) else {
            // DynamoDB refuses a range that can hold nothing; whether the table is there it still tells.
            var any = query
            (any.lower, any.upper, any.after, any.limit) = (nil, nil, nil, 1)
            _ = try await self.query(any)
            return RowPage(rows: [])
        }
        let request = JSONWriter.queryRequest(query, range)
        let answer = try await translating(query.table) { () throws(DynamoDBFailure) in
            try await client.call("Query", request)
        }
        return range.trim(try page(in: answer, query.consistency))
    }

    public func scan(_ scan: TableScan) async throws(StoreError) -> RowPage {
        try checkCancellation()
        let request = JSONWriter.scanRequest(scan)
        let answer = try await translating(scan.table) { () throws(DynamoDBFailure) in
            try await client.call("Scan", request)
        }
        return try page(in: answer, scan.consistency)
    }

    private func page(in answer: [UInt8], _ consistency: Consistency) throws(StoreError) -> RowPage {
        var units: Double?
        let page = try reading(answer) { reader throws(JSONError) in try reader.readPage(&units) }
        tell(
            readUnits: units
                ?? BillingRules.readUnits(page.rows.reduce(0) { $0 + $1.storedSizeBytes }, consistency))
        return page
    }
}

/// A range of sort keys as DynamoDB takes it, which knows no range with an end that is not its own when it has a start.
private struct SortRange {
    let expression: String
    let values: [(name: String, sort: String)]
    let upper: String?
    let isDescending: Bool

    /// Nil when the range can hold nothing.
    init?(_ query: RangeQuery) {
        let lower = query.lower.flatMap { $0.isEmpty ? nil : $0 }
        upper = query.upper
        isDescending = query.descending
        switch (lower, upper) {
        case (nil, nil): (expression, values) = ("", [])
        case (let lower?, nil): (expression, values) = (" AND s >= :l", [(":l", lower)])
        case (nil, let upper?):
            if upper.isEmpty { return nil }
            (expression, values) = (" AND s < :u", [(":u", upper)])
        case (let lower?, let upper?):
            guard lower.utf8.lexicographicallyPrecedes(upper.utf8) else { return nil }
            (expression, values) = (" AND s BETWEEN :l AND :u", [(":l", lower), (":u", upper)])
        }
    }

    /// Without the row at the end, which `BETWEEN` includes.
    func trim(_ page: RowPage) -> RowPage {
        guard let upper else { return page }
        func isInside(_ key: RowKey) -> Bool { key.sort.utf8.lexicographicallyPrecedes(upper.utf8) }
        let next = page.next.flatMap { isDescending || isInside($0) ? $0 : nil }
        return RowPage(rows: page.rows.filter { isInside($0.key) }, next: next)
    }
}

extension JSONWriter {
    fileprivate static func queryRequest(_ query: RangeQuery, _ range: SortRange) -> [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.member("TableName", query.table.description)
            writer.member("KeyConditionExpression", "p = :p" + range.expression)
            writer.key("ExpressionAttributeValues")
            writer.writeObject { writer in
                for (name, text) in [(":p", query.partition)] + range.values {
                    writer.key(name)
                    writer.write(StoredValue.text(text))
                }
            }
            writer.member("ScanIndexForward", !query.descending)
            writer.writePaging(query.after, query.limit, query.consistency)
        }
        return writer.bytes
    }

    fileprivate static func scanRequest(_ scan: TableScan) -> [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.member("TableName", scan.table.description)
            writer.member("Segment", scan.segment)
            writer.member("TotalSegments", scan.segments)
            if let prefix = scan.prefix {
                writer.member("FilterExpression", "begins_with(p, :p)")
                writer.key("ExpressionAttributeValues")
                writer.writeObject { writer in
                    writer.key(":p")
                    writer.write(StoredValue.text(prefix))
                }
            }
            writer.writePaging(scan.after, scan.limit, scan.consistency)
        }
        return writer.bytes
    }

    private mutating func writePaging(_ after: RowKey?, _ limit: Int?, _ consistency: Consistency) {
        member("ConsistentRead", consistency == .strong)
        askForCapacity()
        if let limit { member("Limit", min(limit, Int(Int32.max))) }
        if let after {
            key("ExclusiveStartKey")
            write(after)
        }
    }
}

extension JSONReader {
    /// The answer of Query and Scan. A page without rows may have a next one.
    ///
    /// - Parameter units: Becomes what was consumed, if that is told.
    fileprivate mutating func readPage(_ units: inout Double?) throws(JSONError) -> RowPage {
        var page = RowPage(rows: [])
        try readObject { key, reader throws(JSONError) in
            switch key {
            case "Items":
                try reader.readArray { _, reader throws(JSONError) in page.rows.append(try reader.readRow()) }
            case "LastEvaluatedKey": page.next = try reader.readRow().key
            case DynamoDBStore.consumed: units = try reader.readCapacityUnits()
            default: try reader.skip()
            }
        }
        return page
    }
}

import JSON
import Storage

extension DynamoDBStore {
    public func createTable(_ table: TableName) async throws(StoreError) {
        try checkCancellation()
        var wait = Wait(options.tableDeadline)
        var isCreated = false
        while true {
            switch try await status(of: table) {
            case "ACTIVE":
                if isCreated { try await letRowsExpire(in: table) }
                return
            case nil where !isCreated: isCreated = try await create(table)
            // Coming, still going, or not yet told of.
            default: break
            }
            try await pause(&wait, for: table)
        }
    }

    public func deleteTable(_ table: TableName) async throws(StoreError) {
        try checkCancellation()
        var wait = Wait(options.tableDeadline)
        while let status = try await status(of: table) {
            if status == "ACTIVE" { try await delete(table) }
            try await pause(&wait, for: table)
        }
    }

    /// As DynamoDB counts them every six hours or so; free of charge.
    public func rowCount(of table: TableName) async throws(StoreError) -> RowCount? {
        try checkCancellation()
        guard let description = try await description(of: table) else { throw .notFound(table: table) }
        return description.rowCount.map { RowCount($0, isExact: false) }
    }

    /// DynamoDB's word for what the table is at; nil when there is none.
    private func status(of table: TableName) async throws(StoreError) -> String? {
        try await description(of: table)?.status
    }

    private func description(of table: TableName) async throws(StoreError) -> TableDescription? {
        do {
            let answer = try await client.call("DescribeTable", JSONWriter.tableRequest(table))
            return try reading(answer) { reader throws(JSONError) in try TableDescription(json: &reader) }
        } catch let failure as DynamoDBFailure {
            if failure.code == "ResourceNotFoundException" { return nil }
            throw StoreError(failure, table: table)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable(store: "DynamoDB", reason: "\(error)")
        }
    }

    /// False when a table of this name is still there.
    private func create(_ table: TableName) async throws(StoreError) -> Bool {
        do {
            _ = try await client.call("CreateTable", JSONWriter.createTableRequest(table))
            return true
        } catch  where error.code == "ResourceInUseException" {
            return false
        } catch {
            throw StoreError(error, table: table)
        }
    }

    /// Rows with an `expires` are removed by DynamoDB, at no cost, some time after it: mostly minutes, two days at most.
    private func letRowsExpire(in table: TableName) async throws(StoreError) {
        try await translating(table) { () throws(DynamoDBFailure) in
            _ = try await client.call("UpdateTimeToLive", JSONWriter.timeToLiveRequest(table))
        }
    }

    private func delete(_ table: TableName) async throws(StoreError) {
        do {
            _ = try await client.call("DeleteTable", JSONWriter.tableRequest(table))
        } catch  where ["ResourceNotFoundException", "ResourceInUseException"].contains(error.code) {
            // Gone, or changing: the next look will tell.
        } catch {
            throw StoreError(error, table: table)
        }
    }

    private func pause(_ wait: inout Wait, for table: TableName) async throws(StoreError) {
        guard let duration = wait.next() else {
            throw .unavailable(store: "DynamoDB", reason: "table \(table) is not ready in time")
        }
        try await translating(table) { () throws(DynamoDBFailure) in try await client.pause(duration) }
    }
}

/// Waits that grow from a tenth of a second to one second, until their sum reaches a limit.
private struct Wait {
    private var duration = Duration.milliseconds(100)
    private var remaining: Duration

    init(_ limit: Duration) { remaining = limit }

    mutating func next() -> Duration? {
        guard remaining > .zero else { return nil }
        defer { duration = min(duration * 1.5, .seconds(1)) }
        remaining -= duration
        return duration
    }
}

extension JSONWriter {
    fileprivate static func tableRequest(_ table: TableName) -> [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { $0.member("TableName", table.description) }
        return writer.bytes
    }

    fileprivate static func timeToLiveRequest(_ table: TableName) -> [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.member("TableName", table.description)
            writer.key("TimeToLiveSpecification")
            writer.writeObject { writer in
                writer.member("AttributeName", Row.expiry)
                writer.member("Enabled", true)
            }
        }
        return writer.bytes
    }

    fileprivate static func createTableRequest(_ table: TableName) -> [UInt8] {
        var writer = JSONWriter()
        writer.writeObject { writer in
            writer.member("TableName", table.description)
            writer.member("BillingMode", "PAY_PER_REQUEST")
            writer.key("AttributeDefinitions")
            writer.writePairs([("p", "S"), ("s", "S")], as: ("AttributeName", "AttributeType"))
            writer.key("KeySchema")
            writer.writePairs([("p", "HASH"), ("s", "RANGE")], as: ("AttributeName", "KeyType"))
        }
        return writer.bytes
    }

    private mutating func writePairs(_ pairs: [(String, String)], as names: (String, String)) {
        writeArray { writer in
            for pair in pairs {
                writer.writeObject { writer in
                    writer.member(names.0, pair.0)
                    writer.member(names.1, pair.1)
                }
            }
        }
    }
}

/// What DescribeTable tells.
private struct TableDescription {
    var status = ""
    var rowCount: Int?

    init(json reader: inout JSONReader) throws(JSONError) {
        try reader.readObject { key, reader throws(JSONError) in
            guard key == "Table" else { return try reader.skip() }
            try reader.readObject { key, reader throws(JSONError) in
                switch key {
                case "TableStatus": status = try reader.readString()
                case "ItemCount": rowCount = try reader.readInteger()
                default: try reader.skip()
                }
            }
        }
        if status.isEmpty { throw reader.mismatch(expected: "a TableStatus", received: "none") }
    }
}

import JSON
import Storage

extension DynamoDBStore {
    public func write(_ writes: [Write]) async throws(StoreError) {
        try checkCancellation()
        for write in writes { try write.checkSize() }
        let requests = WriteRequest.requests(for: writes)
        _ = try await concurrently(requests, width: options.parallelRequests) {
            request throws(StoreError) in
            switch request {
            case .batch(let writes): try await writeBatch(writes)
            case .matchingDelete(let address, let condition):
                try await removeMatching(address, condition)
            }
        }
    }

    public func rows(
        at addresses: [RowAddress], _ consistency: Consistency
    ) async throws(StoreError) -> [Row?] {
        try checkCancellation()
        let batches = stride(from: 0, to: addresses.count, by: RequestLimits.batchReads).map {
            Array(addresses[$0..<min($0 + RequestLimits.batchReads, addresses.count)])
        }
        let found = try await concurrently(batches, width: options.parallelRequests) {
            batch throws(StoreError) in try await readBatch(batch, consistency)
        }
        let rows = found.reduce(into: [:]) { $0.merge($1) { $1 } }
        return addresses.map { rows[$0] }
    }

    private func writeBatch(_ writes: [EncodedWrite]) async throws(StoreError) {
        let tables = Dictionary(grouping: writes, by: \.table)
        let items = JSONWriter.rawJSON { writer in
            writer.writeObject { writer in
                for (table, writes) in tables {
                    writer.key(table.description)
                    writer.writeArray { for write in writes { $0.write(write.json) } }
                }
            }
        }
        try await untilProcessed(items, of: Array(tables.keys)) { items throws(DynamoDBFailure) in
            try await client.call("BatchWriteItem", JSONWriter.batchRequest(items))
        } receive: { reader throws(JSONError) in
            try reader.readUnprocessed("UnprocessedItems")
        }
    }

    private func readBatch(
        _ addresses: [RowAddress], _ consistency: Consistency
    ) async throws(StoreError) -> [RowAddress: Row] {
        let tables = Dictionary(grouping: addresses, by: \.table)
        let keys = JSONWriter.rawJSON { $0.writeKeys(tables, consistency) }
        var rows: [RowAddress: Row] = [:]
        try await untilProcessed(keys, of: Array(tables.keys)) { keys throws(DynamoDBFailure) in
            try await client.call("BatchGetItem", JSONWriter.batchRequest(keys))
        } receive: { reader throws(JSONError) in
            try reader.readUnprocessed("UnprocessedKeys") { rows[$0] = $1 }
        }
        return rows
    }

    /// Sends a batch, then what was left of it, until nothing is left.
    ///
    /// A round that gets nothing done counts as throttled; one that does begins the waits anew.
    private func untilProcessed(
        _ batch: RawJSON, of tables: [TableName],
        send: (RawJSON) async throws(DynamoDBFailure) -> [UInt8],
        receive: (inout JSONReader) throws(JSONError) -> Unprocessed
    ) async throws(StoreError) {
        var (items, count, attempt) = (batch, Int.max, 1)
        while true {
            let answer: [UInt8]
            do { answer = try await send(items) } catch { throw await batchError(error, tables) }
            let left = try reading(answer, receive)
            if left.count == 0 { return }
            attempt = left.count < count && count != .max ? 1 : attempt
            (items, count) = (left.items, left.count)
            let wait = options.retry.wait(
                after: .throttled, attempt: attempt, remaining: options.deadline,
                chance: client.surroundings.chance())
            guard let wait else { throw .throttled }
            try await translating(tables[0]) { () throws(DynamoDBFailure) in try await client.pause(wait) }
            attempt += 1
        }
    }

    /// DynamoDB does not say which table of a batch is missing.
    private func batchError(_ failure: DynamoDBFailure, _ tables: [TableName]) async -> StoreError {
        if failure.code == "ResourceNotFoundException", tables.count > 1 {
            for table in tables.dropLast() where await isMissing(table) { return .notFound(table: table) }
        }
        return StoreError(failure, table: tables[tables.count - 1])
    }

    private func isMissing(_ table: TableName) async -> Bool {
        do {
            _ = try await query(RangeQuery(table, partition: "-", limit: 1, consistency: .eventual))
        } catch .notFound {
            return true
        } catch {
            return false
        }
        return false
    }
}

/// What a call of `write` sends.
enum WriteRequest: Sendable {
    case batch([EncodedWrite])
    /// Batches take no conditions.
    case matchingDelete(RowAddress, Condition)

    /// Fills batches in order, so that an item's rows, which stand together, go together.
    static func requests(
        for writes: [Write], limitBytes: Int = RequestLimits.requestBytes
    ) -> [WriteRequest] {
        var requests: [WriteRequest] = []
        var (batch, bytes) = ([EncodedWrite](), 0)
        for write in writes {
            if case .deleteMatching(let key, let table, let attribute, let value) = write {
                let condition = Condition.equals(attribute: attribute, value)
                requests.append(.matchingDelete(RowAddress(table, key), condition))
                continue
            }
            let encoded = EncodedWrite(write)
            bytes += encoded.sizeBytes
            if batch.count == RequestLimits.batchWrites || bytes > limitBytes {
                requests.append(.batch(batch))
                (batch, bytes) = ([], encoded.sizeBytes)
            }
            batch.append(encoded)
        }
        return batch.isEmpty ? requests : requests + [.batch(batch)]
    }
}

/// One write as BatchWriteItem takes it.
struct EncodedWrite: Sendable {
    let table: TableName
    let json: RawJSON

    /// - Precondition: a `put` or a `delete`.
    init(_ write: Write) {
        table = write.address.table
        json = JSONWriter.rawJSON { writer in
            writer.writeObject { writer in
                let isPut = if case .put = write { true } else { false }
                writer.key(isPut ? "PutRequest" : "DeleteRequest")
                writer.writeObject { writer in
                    writer.key(isPut ? "Item" : "Key")
                    if case .put(let row, _) = write {
                        writer.write(row)
                    } else {
                        writer.write(write.address.key)
                    }
                }
            }
        }
    }

    /// With the comma and the table's name, were it the only one of its table.
    var sizeBytes: Int { json.text.utf8.count + table.description.utf8.count + 8 }
}

/// What DynamoDB left undone of a batch: in the form in which it is sent again, and how many rows.
struct Unprocessed {
    var items = RawJSON(checked: "{}")
    var count = 0
}

extension JSONWriter {
    static func rawJSON(_ body: (inout JSONWriter) -> Void) -> RawJSON {
        var writer = JSONWriter()
        body(&writer)
        return RawJSON(checked: String(decoding: writer.bytes, as: UTF8.self))
    }

    fileprivate static func batchRequest(_ items: RawJSON) -> [UInt8] {
        var writer = JSONWriter(capacity: items.text.utf8.count + 24)
        writer.writeObject { $0.member("RequestItems", items) }
        return writer.bytes
    }

    fileprivate mutating func writeKeys(
        _ tables: [TableName: [RowAddress]], _ consistency: Consistency
    ) {
        writeObject { writer in
            for (table, addresses) in tables {
                writer.key(table.description)
                writer.writeObject { writer in
                    writer.member("ConsistentRead", consistency == .strong)
                    writer.key("Keys")
                    writer.writeArray { for address in addresses { $0.write(address.key) } }
                }
            }
        }
    }
}

extension JSONReader {
    /// Reads a batch's answer: its rows, and what the member `name` says is left.
    fileprivate mutating func readUnprocessed(
        _ name: String, row: (RowAddress, Row) -> Void = { _, _ in }
    ) throws(JSONError) -> Unprocessed {
        var unprocessed = Unprocessed()
        try readObject { key, reader throws(JSONError) in
            switch key {
            case name:
                unprocessed.items = try reader.readRaw()
                unprocessed.count = try unprocessed.items.countBatch()
            case "Responses":
                try reader.readObject { table, reader throws(JSONError) in
                    try reader.readArray { _, reader throws(JSONError) in
                        let found = try reader.readRow()
                        row(RowAddress(TableName(table), found.key), found)
                    }
                }
            default: try reader.skip()
            }
        }
        return unprocessed
    }
}

extension RawJSON {
    /// The rows in a batch's `{table: [write]}` or `{table: {"Keys": [key]}}`.
    fileprivate func countBatch() throws(JSONError) -> Int {
        try JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in
            var count = 0
            try reader.readObject { _, reader throws(JSONError) in
                if try reader.peekKind() == .array {
                    count += try reader.countElements()
                } else {
                    try reader.readObject { key, reader throws(JSONError) in
                        if key == "Keys" { count += try reader.countElements() } else { try reader.skip() }
                    }
                }
            }
            return count
        }
    }
}

extension JSONReader {
    fileprivate mutating func countElements() throws(JSONError) -> Int {
        var count = 0
        try readArray { index, reader throws(JSONError) in
            try reader.skip()
            count = index + 1
        }
        return count
    }
}

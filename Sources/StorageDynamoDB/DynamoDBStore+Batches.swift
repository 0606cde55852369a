import JSON
import Storage

extension DynamoDBStore {
    public func write(_ writes: [Write]) async throws(StoreError) {
        try checkCancellation()
        for write in writes { try write.checkSize() }
        try await placingAppended(writes) { writes throws(StoreError) in try await send(writes) }
    }

    private func send(_ writes: [Write]) async throws(StoreError) {
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
        // Of what is sent again it is reckoned once.
        var reckoned = writes.reduce(0) { $0 + $1.units }
        try await untilProcessed(items, of: Array(tables.keys)) { items throws(DynamoDBFailure) in
            try await client.call("BatchWriteItem", JSONWriter.batchRequest(items))
        } receive: { reader throws(JSONError) in
            try reader.readUnprocessed("UnprocessedItems")
        } tell: { left in
            tell(writeUnits: left.units ?? reckoned)
            reckoned = 0
        }
    }

    private func readBatch(
        _ addresses: [RowAddress], _ consistency: Consistency
    ) async throws(StoreError) -> [RowAddress: Row] {
        let tables = Dictionary(grouping: addresses, by: \.table)
        let keys = JSONWriter.rawJSON { $0.writeKeys(tables, consistency) }
        var (rows, reckoned) = ([RowAddress: Row](), 0.0)
        try await untilProcessed(keys, of: Array(tables.keys)) { keys throws(DynamoDBFailure) in
            try await client.call("BatchGetItem", JSONWriter.batchRequest(keys))
        } receive: { reader throws(JSONError) in
            try reader.readUnprocessed("UnprocessedKeys") { rows[$0] = $1 }
        } tell: { left in
            if let units = left.units { return tell(readUnits: units) }
            let missing = max(0, addresses.count - left.count - rows.count)
            let all = rows.values.reduce(Double(missing) * BillingRules.readUnits(0, consistency)) {
                $0 + BillingRules.readUnits($1.storedSizeBytes, consistency)
            }
            tell(readUnits: all - reckoned)
            reckoned = all
        }
        return rows
    }

    /// Sends a batch, then what was left of it, until nothing is left.
    ///
    /// A round that gets nothing done counts as throttled; one that does begins the waits anew.
    private func untilProcessed(
        _ batch: RawJSON, of tables: [TableName],
        send: (RawJSON) async throws(DynamoDBFailure) -> [UInt8],
        receive: (inout JSONReader) throws(JSONError) -> Unprocessed, tell: (Unprocessed) -> Void
    ) async throws(StoreError) {
        var (items, count, attempt) = (batch, Int.max, 1)
        while true {
            let answer: [UInt8]
            do { answer = try await send(items) } catch { throw await batchError(error, tables) }
            let left = try reading(answer, receive)
            tell(left)
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

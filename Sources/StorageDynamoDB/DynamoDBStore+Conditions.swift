import JSON
import Storage

extension DynamoDBStore {
    public func write(_ write: Write, if condition: Condition) async throws(StoreError) {
        try checkCancellation()
        try write.checkSize()
        guard let key = write.key else { preconditionFailure("an append takes no condition") }
        let (operation, body) = JSONWriter.conditionalRequest(write, condition)
        let answer: [UInt8]
        do {
            answer = try await client.call(operation, body, isRepeatable: false)
        } catch {
            let address = RowAddress(write.table, key)
            if error.code == conditionFailed { tell(writeUnits: BillingRules.failedWriteUnits) }
            if error.code == conditionFailed, error.wasTriedBefore, try await isDone(write, at: address) {
                return
            }
            throw StoreError(error, table: write.table)
        }
        tell(of: write, answer)
    }

    /// Whether the row is as the write leaves it: then an attempt whose answer was lost had succeeded.
    private func isDone(_ write: Write, at address: RowAddress) async throws(StoreError) -> Bool {
        let stored = try await rows(at: [address], .strong)[0]
        return if case .put(let row, _) = write { stored == row } else { stored == nil }
    }

    /// Removes a row if the condition holds; may be repeated.
    func removeMatching(_ address: RowAddress, _ condition: Condition) async throws(StoreError) {
        let removal = Write.delete(address.key, in: address.table)
        let (operation, body) = JSONWriter.conditionalRequest(removal, condition)
        let answer: [UInt8]
        do {
            answer = try await client.call(operation, body)
        } catch  where error.code == conditionFailed {
            // Another row by now, or none: it stays.
            return tell(writeUnits: BillingRules.failedWriteUnits)
        } catch {
            throw StoreError(error, table: address.table)
        }
        tell(of: removal, answer)
    }
}

private let conditionFailed = "ConditionalCheckFailedException"

extension JSONWriter {
    /// The call that makes the write, and its body.
    fileprivate static func conditionalRequest(
        _ write: Write, _ condition: Condition
    ) -> (operation: String, body: [UInt8]) {
        var writer = JSONWriter()
        let row: Row? = if case .put(let row, _) = write { row } else { nil }
        writer.writeObject { writer in
            writer.member("TableName", write.table.description)
            writer.key(row == nil ? "Key" : "Item")
            if let row { writer.write(row) } else if let key = write.key { writer.write(key) }
            writer.writeMembers(of: condition)
            writer.askForCapacity()
        }
        return (row == nil ? "DeleteItem" : "PutItem", writer.bytes)
    }

    private mutating func writeMembers(of condition: Condition) {
        switch condition {
        case .absent: member("ConditionExpression", "attribute_not_exists(p)")
        case .equals(let attribute, let value):
            member("ConditionExpression", "#a = :v")
            write(names: [("#a", attribute)], values: [(":v", value)])
        case .vacant(let time):
            member("ConditionExpression", "attribute_not_exists(p) OR #e <= :t")
            write(names: [("#e", Row.expiry)], values: [(":t", .integer(time))])
        case .alive(let time, let attribute, let value):
            member("ConditionExpression", "#a = :v AND (attribute_not_exists(#e) OR #e > :t)")
            write(
                names: [("#a", attribute), ("#e", Row.expiry)],
                values: [(":v", value), (":t", .integer(time))])
        }
    }

    private mutating func write(names: [(String, String)], values: [(String, StoredValue)]) {
        key("ExpressionAttributeNames")
        writeObject { writer in for (name, attribute) in names { writer.member(name, attribute) } }
        key("ExpressionAttributeValues")
        writeObject { writer in
            for (name, value) in values {
                writer.key(name)
                writer.write(value)
            }
        }
    }
}

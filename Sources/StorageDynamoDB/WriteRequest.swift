import JSON
import Storage

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
    /// What it is billed as.
    let units: Double

    /// - Precondition: a `put` or a `delete`; what is appended has become a `put` (`placed`).
    init(_ write: Write) {
        table = write.table
        units = BillingRules.units(of: write)
        json = JSONWriter.rawJSON { writer in
            writer.writeObject { writer in
                let isPut = if case .put = write { true } else { false }
                writer.key(isPut ? "PutRequest" : "DeleteRequest")
                writer.writeObject { writer in
                    writer.key(isPut ? "Item" : "Key")
                    if case .put(let row, _) = write {
                        writer.write(row)
                    } else if let key = write.key {
                        writer.write(key)
                    }
                }
            }
        }
    }

    /// With the comma and the table's name, were it the only one of its table.
    var sizeBytes: Int { json.text.utf8.count + table.description.utf8.count + 8 }
}

extension JSONWriter {
    /// The value that `body` writes.
    static func rawJSON(_ body: (inout JSONWriter) -> Void) -> RawJSON {
        var writer = JSONWriter()
        body(&writer)
        return RawJSON(checked: String(decoding: writer.bytes, as: UTF8.self))
    }
}

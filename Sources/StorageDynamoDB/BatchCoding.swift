import JSON
import Storage

/// What DynamoDB left undone of a batch: in the form in which it is sent again, and how many rows.
struct Unprocessed {
    var items = RawJSON(checked: "{}")
    var count = 0
    /// What was consumed; nil when that is not told.
    var units: Double?
}

extension JSONWriter {
    static func batchRequest(_ items: RawJSON) -> [UInt8] {
        var writer = JSONWriter(capacity: items.text.utf8.count + 64)
        writer.writeObject { writer in
            writer.member("RequestItems", items)
            writer.askForCapacity()
        }
        return writer.bytes
    }

    mutating func writeKeys(
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
    mutating func readUnprocessed(
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
            case DynamoDBStore.consumed: unprocessed.units = try reader.readCapacityUnits()
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

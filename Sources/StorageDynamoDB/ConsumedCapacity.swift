import JSON
import Storage

/// The units that requests consume. Each is asked to tell them, which costs nothing; of a server that does not they are reckoned from sizes.
///
/// Source: Amazon DynamoDB API Reference, "ConsumedCapacity".
extension DynamoDBStore {
    public func telling(_ meters: [StoreMeter]) -> any Store {
        for meter in meters { meter.expectUnits() }
        var store = self
        store.meters = meters
        return store
    }

    func tell(readUnits: Double) { for meter in meters { meter.addRequest(readUnits: readUnits) } }

    func tell(writeUnits: Double) { for meter in meters { meter.addRequest(writeUnits: writeUnits) } }

    /// Tells of a write whose answer has nothing else to tell. It is done, whether its answer can be read or not.
    func tell(of write: Write, _ answer: [UInt8]) {
        if meters.isEmpty { return }
        var units: Double?
        try? JSONReader.read(answer) { reader throws(JSONError) in
            try reader.readObject { name, reader throws(JSONError) in
                guard name == Self.consumed else { return try reader.skip() }
                units = try reader.readCapacityUnits()
            }
        }
        tell(writeUnits: units ?? BillingRules.units(of: write))
    }

    /// The member of an answer that tells of units.
    static let consumed = "ConsumedCapacity"
}

/// How requests are billed by the sizes of their rows.
///
/// Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations".
enum BillingRules {
    /// A conditional write that fails is billed by what is stored, of which the answer tells nothing: it is one unit at least.
    static let failedWriteUnits = 1.0

    /// Of rows read together, as by a query, or of one by its key, there or not.
    static func readUnits(_ bytes: Int, _ consistency: Consistency) -> Double {
        Double(max(1, (bytes + 4095) / 4096)) * (consistency == .strong ? 1 : 0.5)
    }

    static func units(of write: Write) -> Double {
        guard case .put(let row, _) = write else { return 1 }
        return Double(max(1, (row.storedSizeBytes + 1023) / 1024))
    }
}

extension JSONWriter {
    mutating func askForCapacity() { member("ReturnConsumedCapacity", "TOTAL") }
}

extension JSONReader {
    /// The units of a `ConsumedCapacity`: of one table, or of several.
    mutating func readCapacityUnits() throws(JSONError) -> Double {
        var units = 0.0
        if try peekKind() == .array {
            try readArray { _, reader throws(JSONError) in units += try reader.readCapacityUnits() }
            return units
        }
        try readObject { name, reader throws(JSONError) in
            if name == "CapacityUnits" { units = try reader.readDouble() } else { try reader.skip() }
        }
        return units
    }
}

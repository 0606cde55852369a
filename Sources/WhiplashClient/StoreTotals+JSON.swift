import JSON
import Storage
import Whiplash

extension StoreTotals {
    /// Reads usage and cost; since when stands beside.
    init(json reader: inout JSONReader) throws(JSONError) {
        self.init(since: 0)
        try usage.read(&reader, &cost)
    }
}

extension StoreUsage {
    /// Reads what has been read and written, and what that costs.
    mutating func read(_ reader: inout JSONReader, _ cost: inout StoreCost?) throws(JSONError) {
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "calls": calls = try reader.readInteger()
            case "rows_read": rowsRead = try reader.readInteger()
            case "bytes_read": bytesRead = try reader.readInteger()
            case "rows_written": rowsWritten = try reader.readInteger()
            case "bytes_written": bytesWritten = try reader.readInteger()
            case "requests":
                try readUnits(&reader) { units, reader throws(JSONError) in
                    units.requests = try reader.readInteger()
                }
            case "read_units":
                try readUnits(&reader) { units, reader throws(JSONError) in
                    units.read = try reader.readDouble()
                }
            case "write_units":
                try readUnits(&reader) { units, reader throws(JSONError) in
                    units.write = try reader.readDouble()
                }
            case "cost": cost = try reader.readUnlessNull(StoreCost.init)
            default: try reader.skip()
            }
        }
    }

    private mutating func readUnits(
        _ reader: inout JSONReader, _ read: (inout Units, inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        if try reader.peekKind() == .null { return try reader.readNull() }
        var units = units ?? Units()
        try read(&units, &reader)
        self.units = units
    }
}

extension StoreCost {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        self.init(dollars: 0, priceDate: "")
        try reader.readObject { name, reader throws(JSONError) in
            switch name {
            case "dollars": dollars = try reader.readDouble()
            case "prices_of": priceDate = try reader.readString()
            default: try reader.skip()
            }
        }
    }
}

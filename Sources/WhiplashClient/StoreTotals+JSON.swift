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
            case "requests": try readUnits(&reader) { $0.requests = Int($1) }
            case "read_units": try readUnits(&reader) { $0.read = $1 }
            case "write_units": try readUnits(&reader) { $0.write = $1 }
            case "cost": cost = try reader.readUnlessNull(StoreCost.init)
            default: try reader.skip()
            }
        }
    }

    private mutating func readUnits(
        _ reader: inout JSONReader, _ keep: (inout Units, Double) -> Void
    ) throws(JSONError) {
        let value = try reader.readUnlessNull { reader throws(JSONError) in try reader.readDouble() }
        guard let value else { return }
        var units = units ?? Units()
        keep(&units, value)
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

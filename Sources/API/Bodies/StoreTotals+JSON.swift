import JSON
import Storage
import Whiplash

extension StoreTotals: JSONWritable {
    /// Without since when, which is the same for all of a process.
    public func write(to writer: inout JSONWriter) {
        writer.write(usage, cost)
    }
}

extension JSONWriter {
    /// What has been read and written, and what that costs.
    mutating func write(_ usage: StoreUsage, _ cost: StoreCost?) {
        writeObject { writer in
            writer.member("calls", usage.calls)
            writer.member("rows_read", usage.rowsRead)
            writer.member("bytes_read", usage.bytesRead)
            writer.member("rows_written", usage.rowsWritten)
            writer.member("bytes_written", usage.bytesWritten)
            writer.member("requests", orNull: usage.units?.requests)
            writer.member("read_units", orNull: usage.units?.read)
            writer.member("write_units", orNull: usage.units?.write)
            writer.member("cost", orNull: cost)
        }
    }
}

extension StoreCost: JSONWritable {
    public func write(to writer: inout JSONWriter) {
        writer.writeObject { writer in
            writer.member("dollars", dollars)
            writer.member("prices_of", priceDate)
        }
    }
}

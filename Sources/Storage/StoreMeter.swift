import Synchronization

/// Adds up what calls of a store take: those of one search, of one collection, or of one caller.
public final class StoreMeter: Sendable {
    private struct State {
        var usage = StoreUsage()
        var underWay = 0
        var since = ContinuousClock.now
    }

    private let state = Mutex(State())

    public init() {}

    public var usage: StoreUsage { state.withLock { $0.usage } }

    /// What a back end says that bills units, before its first request.
    public func expectUnits() {
        state.withLock { if $0.usage.units == nil { $0.usage.units = StoreUsage.Units() } }
    }

    /// What a back end tells of one request that it has answered.
    public func addRequest(readUnits: Double = 0, writeUnits: Double = 0) {
        state.withLock { state in
            state.usage.units?.requests += 1
            state.usage.units?.read += readUnits
            state.usage.units?.write += writeUnits
        }
    }

    func begin() {
        state.withLock { state in
            state.usage.calls += 1
            if state.underWay == 0 { state.since = .now }
            state.underWay += 1
        }
    }

    /// Ends a call that `begin` began, with what it has read and written.
    func end(_ rows: RowsMoved) {
        state.withLock { state in
            state.underWay -= 1
            if state.underWay == 0 { state.usage.time += .now - state.since }
            state.usage.rowsRead += rows.readCount
            state.usage.bytesRead += rows.readBytes
            state.usage.rowsWritten += rows.writtenCount
            state.usage.bytesWritten += rows.writtenBytes
        }
    }
}

/// What one call has read and written.
struct RowsMoved {
    private(set) var readCount = 0
    private(set) var readBytes = 0
    private(set) var writtenCount = 0
    private(set) var writtenBytes = 0

    mutating func add(read row: Row) {
        readCount += 1
        readBytes += row.storedSizeBytes
    }

    mutating func add(read rows: [Row]) {
        readCount += rows.count
        // In place: to copy rows by the thousand takes longer than to count their bytes.
        for index in rows.indices { readBytes += rows[index].storedSizeBytes }
    }

    mutating func add(written write: Write) {
        writtenCount += 1
        switch write {
        case .put(let row, _): writtenBytes += row.storedSizeBytes
        case .append(let attributes, let log, _):
            let key = RowKey(partition: log, sort: LogKey.text(milliseconds: 0, random: 0))
            writtenBytes += Row(key: key, attributes: attributes).storedSizeBytes
        case .delete, .deleteMatching: break
        }
    }
}

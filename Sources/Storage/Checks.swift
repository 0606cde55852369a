extension Write {
    /// Throws `tooLarge` when the row or one of its keys is larger than any back end takes.
    public func checkSize() throws(StoreError) {
        let key = key ?? sampleLogKey
        try check(key.partition.utf8.count, atMost: StoreLimits.partitionKeyBytes)
        try check(key.sort.utf8.count, atMost: StoreLimits.sortKeyBytes)
        switch self {
        case .put(let row, _):
            try check(row.storedSizeBytes, atMost: StoreLimits.rowBytes)
        case .append(let attributes, _, _):
            try check(Row(key: key, attributes: attributes).storedSizeBytes, atMost: StoreLimits.rowBytes)
        case .delete, .deleteMatching: break
        }
    }

    /// As long as the key that the store will give.
    private var sampleLogKey: RowKey {
        guard case .append(_, let log, _) = self else { return RowKey(partition: "", sort: "") }
        return RowKey(partition: log, sort: LogKey.text(milliseconds: 0, random: 0))
    }

    private func check(_ received: Int, atMost limit: Int) throws(StoreError) {
        if received > limit { throw .tooLarge(limitBytes: limit, receivedBytes: received) }
    }
}

extension Condition {
    /// Whether the condition holds of what is stored under a key.
    public func holds(of row: Row?) -> Bool {
        switch self {
        case .absent: row == nil
        case .equals(let attribute, let value): row?.attributes[attribute] == value
        case .vacant(let time): row?.isExpired(at: time) ?? true
        case .alive(let time, let attribute, let value):
            row?.isExpired(at: time) == false && row?.attributes[attribute] == value
        }
    }
}

/// Throws `cancelled` in a cancelled task; every back end asks before it begins.
public func checkCancellation() throws(StoreError) {
    if Task.isCancelled { throw .cancelled }
}

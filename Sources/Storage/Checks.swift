extension Write {
    /// Throws `tooLarge` when the row or one of its keys is larger than any back end takes.
    public func checkSize() throws(StoreError) {
        let key = address.key
        try check(key.partition.utf8.count, atMost: StoreLimits.partitionKeyBytes)
        try check(key.sort.utf8.count, atMost: StoreLimits.sortKeyBytes)
        if case .put(let row, _) = self {
            try check(row.storedSizeBytes, atMost: StoreLimits.rowBytes)
        }
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
        }
    }
}

/// Throws `cancelled` in a cancelled task; every back end asks before it begins.
public func checkCancellation() throws(StoreError) {
    if Task.isCancelled { throw .cancelled }
}

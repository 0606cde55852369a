/// What can go wrong at the port. No word of a back end's own crosses it, but in `underlying`.
public enum StoreError: Error {
    /// The table is missing.
    case notFound(table: TableName)
    /// The condition of a write did not hold.
    case conflict
    /// The store refuses for now, also after the back end's own retries.
    case throttled
    /// A row or a key is larger than the store allows; sizes in bytes.
    case tooLarge(limitBytes: Int, receivedBytes: Int)
    /// Stored bytes that this version cannot read.
    case unreadable(reason: String)
    /// The caller's task was cancelled, as when its time ran out.
    case cancelled
    /// The back end refuses these credentials or rights. The reason names the right, never a secret.
    case forbidden(reason: String)
    /// Any other failure of the back end named.
    case unavailable(store: String, reason: String)
}

/// Limits that hold on every back end, DynamoDB's being the narrowest.
public enum StoreLimits {
    /// The size of a row, counted as DynamoDB counts it (`Row.storedSizeBytes`).
    public static let rowBytes = 400 * 1024
    public static let partitionKeyBytes = 2048
    public static let sortKeyBytes = 1024
}

extension Row {
    /// The row's size in bytes as DynamoDB counts and bills it: UTF-8 names and values, numbers at
    /// about half a byte a digit.
    ///
    /// Source: Amazon DynamoDB Developer Guide, "Item sizes and formats".
    public var storedSizeBytes: Int {
        2 + key.partition.utf8.count + key.sort.utf8.count + attributes.storedSizeBytes
    }
}

extension StoredValue {
    var storedSizeBytes: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        // One byte for two significant digits, one for the exponent, one for a sign.
        case .integer(let number): (number.magnitude.digitCount + 1) / 2 + (number < 0 ? 2 : 1)
        }
    }
}

extension UInt64 {
    /// Decimal digits, without leading zeros; of 0 one.
    fileprivate var digitCount: Int {
        var (rest, count) = (self / 10, 1)
        while rest > 0 { (rest, count) = (rest / 10, count + 1) }
        return count
    }
}

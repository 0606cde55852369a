/// What calls of a store have taken.
public struct StoreUsage: Sendable, Equatable {
    /// What a back end bills that is paid by use.
    public struct Units: Sendable, Equatable {
        /// Requests that were answered. A call of many rows takes several.
        public var requests = 0
        public var read = 0.0
        public var write = 0.0

        public init() {}
    }

    /// Calls of the port that read or write rows.
    public var calls = 0
    public var rowsRead = 0
    /// Of the rows read, as `Row.storedSizeBytes` counts.
    public var bytesRead = 0
    /// Rows stored and removed.
    public var rowsWritten = 0
    /// Of the rows stored.
    public var bytesWritten = 0
    /// Nil of a back end that bills none.
    public var units: Units?
    /// For how long a call was under way; calls at the same time count once.
    public var time = Duration.zero

    public init() {}
}

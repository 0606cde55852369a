import Storage

/// A write that breaks no rule, with the rows that it stores.
struct CheckedWrite: Sendable {
    let position: Int
    let condition: ItemCondition?
    let vector: VectorRow
    /// The write of that row.
    let put: Write
    /// Of each generation.
    let buckets: [BucketRow]

    /// Why the condition does not hold of what is stored; nil when it does.
    ///
    /// - Parameters:
    ///   - found: Nil also where what is there has expired.
    ///   - field: What goes before the name of a field of the item.
    func fault(_ found: VectorRow?, field: @autoclosure () -> String) -> WhiplashError? {
        let holds =
            switch condition {
            case nil: true
            case .absent: found == nil
            case .version(let version): found?.stamp == version.stamp
            }
        if holds { return nil }
        return .conditionFailed(
            id: vector.item.id, version: found?.item.version, field: field() + (condition?.field ?? ""))
    }
}

/// The writes of one call: those that may go on, and those that have failed.
struct WriteBatch: Sendable {
    /// Whether some may fail; else the first failure ends the call.
    let isPartial: Bool
    /// What goes before the name of a field of an item, by its position.
    let field: @Sendable (Int) -> String
    private(set) var writes: [CheckedWrite] = []
    private(set) var failures: [ItemFailure] = []

    init(isPartial: Bool, field: @escaping @Sendable (Int) -> String) {
        (self.isPartial, self.field) = (isPartial, field)
    }

    mutating func add(_ write: CheckedWrite) { writes.append(write) }

    mutating func fail(_ position: Int, id: String, _ error: WhiplashError) throws(WhiplashError) {
        guard isPartial else { throw error }
        failures.append(ItemFailure(position: position, id: id, error: error))
    }

    /// Takes out the writes for which there is an error.
    mutating func drop(_ error: (CheckedWrite) -> WhiplashError?) throws(WhiplashError) {
        var kept: [CheckedWrite] = []
        for write in writes {
            guard let error = error(write) else {
                kept.append(write)
                continue
            }
            try fail(write.position, id: write.vector.item.id, error)
        }
        writes = kept
    }

    /// - Parameter count: Of the writes that were asked for.
    func report(of count: Int) -> WriteReport {
        var items = [Item?](repeating: nil, count: count)
        for write in writes { items[write.position] = write.vector.item }
        return WriteReport(items: items, failures: failures.sorted { $0.position < $1.position })
    }
}

import Storage

/// What a round of maintenance has done.
public struct MaintenanceReport: Sendable, Equatable {
    /// The ids of the collections that were worked on.
    public var tuned: [String] = []
    public var verified: [String] = []
    public var mended = 0
}

/// What is kept for the maintenance of a collection, in the metadata table: partition `maintenance/<stage>`, sort the
/// collection's id.
///
/// Attributes: `incarnation`; `items` about how many there were when a search found them too many for its memory; `tuned` how many
/// there were when tuning was last begun; `verified_at` and `cursor` of the verification, slice by slice.
struct MaintenanceRow: Sendable {
    var id: String
    var incarnation: String
    var itemCount = 0
    var tunedCount = 0
    var verifiedAt: Int64 = 0
    var cursor: String?

    init(_ configuration: CollectionConfiguration) {
        id = configuration.id
        incarnation = configuration.incarnation
    }

    init?(_ row: Row) {
        guard let incarnation = row.text("incarnation") else { return nil }
        id = row.key.sort
        self.incarnation = incarnation
        itemCount = Int(row.integer("items") ?? 0)
        tunedCount = Int(row.integer("tuned") ?? 0)
        verifiedAt = row.integer("verified_at") ?? 0
        cursor = row.text("cursor")
    }

    static func partition(stage: String) -> String { "maintenance/" + stage }

    func row(stage: String) -> Row {
        var attributes: Attributes = [
            "incarnation": .text(incarnation), "items": .integer(Int64(itemCount)),
            "tuned": .integer(Int64(tunedCount)), "verified_at": .integer(verifiedAt),
        ]
        attributes["cursor"] = cursor.map { .text($0) }
        return Row(key: RowKey(partition: Self.partition(stage: stage), sort: id), attributes: attributes)
    }

    /// A collection that fits into memory is scanned there, whatever its planes are. One that has grown to four times what it was
    /// is tuned again.
    var wantsTuning: Bool { itemCount > 0 && itemCount >= 4 * tunedCount }
}

extension Database {
    /// Works on what needs it: tunes collections that searches found too large for their memory, and verifies a slice of the one
    /// that was verified longest ago. Called every hour or so it costs little; what is left over waits for the next time.
    ///
    /// - Parameter milliseconds: How long it may take.
    public func maintain(within milliseconds: Int64) async throws(WhiplashError) -> MaintenanceReport {
        let end = origin.now() + milliseconds
        var report = MaintenanceReport()
        let collections = try await readyCollections().filter { !$0.grouping }
        var rows = try await maintenanceRows(of: collections)
        for collection in collections {
            guard var row = rows[collection.id], origin.now() < end else { continue }
            let isUnderWay = try await isBeingTuned(collection)
            guard isUnderWay || row.wantsTuning else { continue }
            if !isUnderWay {
                row.tunedCount = max(row.itemCount, 1)
                rows[collection.id] = row
                try await store(row)
            }
            _ = try await Tuning(self, collection, until: end).run()
            report.tuned.append(collection.id)
        }
        try await verifySlice(of: collections, rows, until: end, &report)
        return report
    }

    /// From the end of one verification to the next, in milliseconds: a week.
    private static let verifyInterval: Int64 = 7 * 24 * 3_600_000
    /// On DynamoDB about 1,500 read units.
    private static let sliceRows = 1_000

    private func maintenanceRows(
        of collections: [CollectionConfiguration]
    ) async throws(WhiplashError) -> [String: MaintenanceRow] {
        let stored = try await metadataRows(MaintenanceRow.partition(stage: settings.stage))
            .compactMap(MaintenanceRow.init)
        var rows: [String: MaintenanceRow] = [:]
        for collection in collections {
            let known = stored.first { $0.id == collection.id && $0.incarnation == collection.incarnation }
            rows[collection.id] = known ?? MaintenanceRow(collection)
        }
        return rows
    }

    private func isBeingTuned(_ collection: CollectionConfiguration) async throws(WhiplashError) -> Bool {
        let key = CollectionRow.key(id: collection.id, stage: collection.stage)
        return try await storedRow(key)?.tuning != nil
    }

    private func verifySlice(
        of collections: [CollectionConfiguration], _ rows: [String: MaintenanceRow], until end: Int64,
        _ report: inout MaintenanceReport
    ) async throws(WhiplashError) {
        let due = rows.values.filter {
            $0.cursor != nil || origin.now() - $0.verifiedAt >= Self.verifyInterval
        }
        let oldestFirst = due.sorted { ($0.verifiedAt, $0.id) < ($1.verifiedAt, $1.id) }
        guard var row = oldestFirst.first, origin.now() < end,
            let configuration = collections.first(where: { $0.id == row.id })
        else { return }
        let collection = try await collection(configuration.name, in: configuration.project)
        let slice = try await collection.verify(
            cursor: row.cursor, rows: Self.sliceRows, within: end - origin.now())
        (row.cursor, row.verifiedAt) = (slice.cursor, origin.now())
        try await store(row)
        report.verified.append(row.id)
        report.mended += slice.mended
    }

    private func store(_ row: MaintenanceRow) async throws(WhiplashError) {
        let put = Write.put(row.row(stage: settings.stage), in: metadataTable)
        try await mapStoreError { () throws(StoreError) in try await store.write([put]) }
    }

    /// Keeps for the next round of maintenance that a search found a collection too large for its memory. A failure to do so is left to
    /// the next search that does.
    func note(tooLarge configuration: CollectionConfiguration, itemCount: Int) async {
        let empty = MaintenanceRow(configuration)
        let key = empty.row(stage: settings.stage).key
        guard let stored = try? await metadataRow(key) else {
            var row = empty
            row.itemCount = itemCount
            return await storeQuietly(row)
        }
        var row = MaintenanceRow(stored) ?? empty
        if row.incarnation != configuration.incarnation { row = empty }
        if itemCount < 2 * max(row.itemCount, 1) { return }
        row.itemCount = itemCount
        await storeQuietly(row)
    }

    private func storeQuietly(_ row: MaintenanceRow) async {
        try? await store.write([.put(row.row(stage: settings.stage), in: metadataTable)])
    }
}

import Storage
import VectorIndex

/// The rows of a generation's learned cells in the buckets table.
///
/// | partition | sort | attributes |
/// |---|---|---|
/// | `<incarnation>.planes.<generation>` | number, four digits | `b` a part of `LearnedCells.bytes`, `n` how many parts there are |
///
/// They are written once, before anything names the generation, and never changed.
enum PlanesRows {
    static func partition(_ configuration: CollectionConfiguration, _ generation: Int) -> String {
        "\(configuration.incarnation).planes.\(generation)"
    }

    /// Well below what a row may hold.
    private static let partBytes = 256 * 1024

    static func rows(of cells: LearnedCells, in partition: String) -> [Row] {
        let bytes = cells.bytes
        let starts = Array(stride(from: 0, to: bytes.count, by: partBytes))
        return starts.enumerated().map { number, start in
            Row(
                key: RowKey(partition: partition, sort: sortKey(number)),
                attributes: [
                    "b": .bytes(Array(bytes[start..<min(start + partBytes, bytes.count)])),
                    "n": .integer(Int64(starts.count)),
                ])
        }
    }

    /// - Throws: `unreadable` when parts are missing or damaged.
    static func cells(of rows: [Row]) throws(StoreError) -> LearnedCells {
        let parts = rows.compactMap { $0.bytes("b") }
        guard let count = rows.first?.integer("n"), count == parts.count, rows.count == parts.count,
            let cells = LearnedCells(bytes: Array(parts.joined()))
        else { throw .unreadable(reason: "the planes of a collection are missing or damaged") }
        return cells
    }

    private static func sortKey(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

extension Database {
    /// What a configuration needs of planes: of each generation it names. Those that this process knows are not read.
    func planes(
        of configuration: CollectionConfiguration, known: CollectionIndex?
    ) async throws(WhiplashError) -> [Int: Planes] {
        var planes: [Int: Planes] = [:]
        for number in configuration.writtenGenerations where number > 0 {
            let same = known.flatMap { $0.configuration.incarnation == configuration.incarnation ? $0 : nil }
            if let found = same?.generations.first(where: { $0.number == number }) {
                planes[number] = found.planes
            } else {
                planes[number] = .learned(try await learnedCells(of: configuration, number))
            }
        }
        return planes
    }

    private func learnedCells(
        of configuration: CollectionConfiguration, _ generation: Int
    ) async throws(WhiplashError) -> LearnedCells {
        let table = configuration.bucketsTable
        let partition = PlanesRows.partition(configuration, generation)
        return try await mapStoreError { () throws(StoreError) in
            var rows: [Row] = []
            try await store.forEachPage(RangeQuery(table, partition: partition, consistency: .strong)) {
                rows += $0
            }
            let cells = try PlanesRows.cells(of: rows)
            guard cells.dimension == configuration.featureCount, cells.metric == configuration.metric else {
                throw .unreadable(reason: "the planes of a collection are those of another")
            }
            return cells
        }
    }
}

extension Store {
    /// Calls `body` with the rows of each page of a query.
    func forEachPage(
        _ query: RangeQuery, _ body: ([Row]) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        var query = query
        repeat {
            let page = try await self.query(query)
            try await body(page.rows)
            query.after = page.next
        } while query.after != nil
    }
}

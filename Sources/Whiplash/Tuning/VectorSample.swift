import Storage
import VectorIndex

/// A random sample of a collection's vectors.
///
/// Segments of the table are read at the same time, and of each a reservoir is kept (J. Vitter, "Random Sampling with a
/// Reservoir", ACM Trans. Math. Softw. 1985). What has been read after some seconds, or of a very large table, has to do: where the
/// store lays rows out by a hash of their keys, as DynamoDB does, their first part is as random as any.
struct VectorSample: Sendable {
    private let database: Database
    private let configuration: CollectionConfiguration
    private let count: Int

    private static let segmentCount = 8
    /// How many times the sample's size are read at most.
    private static let readsPerVector = 16
    private static let milliseconds: Int64 = 8_000

    init(_ database: Database, _ configuration: CollectionConfiguration) {
        self.database = database
        self.configuration = configuration
        count = LearnedCells.sampleCount(dimension: configuration.featureCount)
    }

    /// Shape `[count, dimension]`, row by row, in random order.
    func read() async throws(WhiplashError) -> [Float] {
        let end = database.origin.now() + Self.milliseconds
        let seeds = (0..<Self.segmentCount).map { ($0, database.origin.random()) }
        let parts = try await mapStoreError { () throws(StoreError) in
            try await concurrently(seeds, width: Self.segmentCount) { seed throws(StoreError) in
                try await reservoir(ofSegment: seed.0, SeededGenerator(seed: seed.1), until: end)
            }
        }
        var generator = SeededGenerator(seed: seeds[0].1 &+ 1)
        return parts.joined().shuffled(using: &generator).flatMap(\.self)
    }

    private func reservoir(
        ofSegment segment: Int, _ chance: SeededGenerator, until end: Int64
    ) async throws(StoreError) -> [[Float]] {
        let places = count / Self.segmentCount
        var (kept, seen, generator) = ([[Float]](), 0, chance)
        var scan = TableScan(
            configuration.vectorsTable, segment: segment, of: Self.segmentCount,
            consistency: .eventual)
        repeat {
            let page = try await database.store.scan(scan)
            for row in page.rows {
                guard let name = configuration.layout.item(ofVector: row.key) else { continue }
                seen += 1
                let place = kept.count < places ? kept.count : Int(generator.next() % UInt64(seen))
                guard place < places else { continue }
                let vector = try VectorRow(row, of: name, configuration).item.vector
                if place == kept.count { kept.append(vector) } else { kept[place] = vector }
            }
            scan.after = page.next
        } while scan.after != nil && seen < places * Self.readsPerVector && database.origin.now() < end
        return kept
    }
}

import JSON
import Storage
import Synchronization
import VectorIndex

@testable import Whiplash

/// A clock that tests move.
final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_700_000_000_000)

    var now: Int64 { milliseconds.withLock { $0 } }

    func advance(_ by: Int64) { milliseconds.withLock { $0 += by } }
}

/// A database over a store of one's choice, with a clock to move and chance from a seed.
struct TestDatabase {
    let clock: TestClock
    let database: Database

    init(
        _ store: any Store = MemoryStore(), seed: UInt64 = 1, clock: TestClock = TestClock(),
        _ change: (inout DatabaseSettings) -> Void = { _ in }
    ) {
        self.clock = clock
        var settings = DatabaseSettings()
        change(&settings)
        let generator = Mutex(SeededGenerator(seed: seed))
        database = Database(
            store: store, settings: settings, now: { [clock] in clock.now },
            random: { generator.withLock { $0.next() } }, sleep: { [clock] in clock.advance($0) })
    }

    func collection(_ dimension: Int, _ metric: Metric = .cosine) async throws -> VectorCollection {
        var new = NewCollection(name: "c", featureCount: dimension)
        new.metric = metric
        return try await database.createCollection(new, in: "p")
    }
}

extension TestDatabase {
    func grouped(
        _ dimension: Int, _ metric: Metric = .cosine, _ type: VectorType = .float32
    ) async throws -> VectorCollection {
        var new = NewCollection(name: "c", featureCount: dimension)
        (new.metric, new.grouping, new.vectorType) = (metric, true, type)
        return try await database.createCollection(new, in: "p")
    }
}

extension SeededGenerator {
    mutating func vector(_ dimension: Int) -> [Float] { (0..<dimension).map { _ in nextGaussian() } }

    /// Items around a few centres, as embeddings lie, with ids `0`, `1`, …
    mutating func items(_ count: Int, _ dimension: Int, in group: String? = nil) -> [Item] {
        let centres = (0..<10).map { _ in vector(dimension) }
        return (0..<count).map { index in
            Item(
                id: String(index),
                vector: zip(centres[index % 10], vector(dimension)).map { $0 + 0.6 * $1 }, group: group)
        }
    }
}

extension VectorCollection {
    func ids(
        near query: [Float], in group: String? = nil, limit: Int = 10, exact: Bool? = nil
    ) async throws -> [String] {
        var request = SearchRequest(query: query)
        request.group = group
        request.limit = limit
        request.exact = exact
        return try await search(request).map(\.item.id)
    }
}

import Foundation
import Whiplash

/// Measures what inserts and searches cost in DynamoDB's units, for `cost.py --measured`:
///
///     swift run -c release --package-path Benchmarks/cost-units CostUnits base.npy queries.npy 384 10000,100000
///
/// The .npy files hold float16 rows; the numbers are their columns and the sizes to measure at. A fifth argument is
/// the dimension to widen to with zeros: the same neighbours, seen by sketches of more bits.
@main
struct CostUnits {
    static let limit = 10
    static let searchCount = 300

    static func main() async throws {
        guard let options = Options(CommandLine.arguments) else {
            fatalError("CostUnits base.npy queries.npy COLUMNS COUNT[,COUNT…] [DIMENSION]")
        }
        let (base, queries) = (try options.rows(of: options.base), try options.rows(of: options.queries))
        var report = Report(dimension: options.dimension, columns: options.columns)
        for count in options.counts {
            try await Measurement(base: Array(base.prefix(count)), queries: queries).run(into: &report)
        }
        print(try report.json())
    }
}

struct Options {
    let base: String
    let queries: String
    let columns: Int
    let counts: [Int]
    let dimension: Int

    /// Nil when they make no sense.
    init?(_ arguments: [String]) {
        guard arguments.count >= 5, let columns = Int(arguments[3]) else { return nil }
        (base, queries, self.columns) = (arguments[1], arguments[2], columns)
        counts = arguments[4].split(separator: ",").compactMap { Int($0) }
        dimension = arguments.count > 5 ? Int(arguments[5]) ?? 0 : columns
        guard !counts.isEmpty, dimension >= columns else { return nil }
    }

    func rows(of path: String) throws -> [[Float]] {
        let padding = [Float](repeating: 0, count: dimension - columns)
        return try halfPrecisionRows(of: path, columns: columns).map { $0 + padding }
    }
}

/// One collection of one size.
struct Measurement {
    let base: [[Float]]
    let queries: [[Float]]

    func run(into report: inout Report) async throws {
        let clock = Clock()
        let store = MeteredStore(clock)
        var settings = DatabaseSettings()
        settings.cacheBytes = 1 << 30
        let database = Database(store: store, settings: settings, now: { clock.now })
        let collection = try await database.createCollection(
            NewCollection(name: "c", featureCount: base[0].count), in: "p")
        _ = store.taken()

        try await load(into: collection)
        report.add(loaded: store.taken(), count: base.count)
        try await collection.insert([Item(id: Self.id(0), vector: base[0])])
        report.add(inserted: store.taken())

        // What the log has told of lately is read strongly; this is about a collection at rest.
        clock.advance(milliseconds: 3_000_000)
        // Fills the memory: what that reads is the bucket rows, whose bytes are known.
        try await search(collection, queries[0])
        _ = store.taken()
        try await searches(collection, clock, store, into: &report)
    }

    private func load(into collection: VectorCollection) async throws {
        for start in stride(from: 0, to: base.count, by: Report.batchItems) {
            let batch = start..<min(start + Report.batchItems, base.count)
            try await collection.insert(batch.map { Item(id: Self.id($0), vector: base[$0]) })
        }
    }

    private func searches(
        _ collection: VectorCollection, _ clock: Clock, _ store: MeteredStore, into report: inout Report
    ) async throws {
        let queries = queries.prefix(CostUnits.searchCount)
        let began = processorMilliseconds()
        for query in queries {
            clock.advance(milliseconds: 20_000)
            try await search(collection, query)
        }
        report.add(
            searched: store.taken(), count: base.count, searches: queries.count,
            cpuMilliseconds: processorMilliseconds() - began)
    }

    private func search(_ collection: VectorCollection, _ query: [Float]) async throws {
        var request = SearchRequest(query: query)
        request.limit = CostUnits.limit
        _ = try await collection.search(request)
    }

    /// As long as a UUID.
    static func id(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-0000-0000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }
}

/// The processor's time that this process has taken, in milliseconds: the machine may have other work.
private func processorMilliseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

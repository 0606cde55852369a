import Whiplash

/// Stores the rows as the library says that many are stored: in batches, some of them at a time, each acknowledged when it is on the disk.
///
/// - Parameter tunes: Whether the collection is tuned then, in time that is not counted.
func ingest(_ options: Options, tunes: Bool = false) async throws {
    let clock = ContinuousClock()
    let vectors = try RawVectors(path: options.base, dimension: options.dimension)
    let began = clock.now
    let collection = try await openCollection(options, create: options.start == 0)
    var (next, block) = (options.start, ArraySlice<[Float]>())
    _ = try await Ingest(into: collection).run {
        if next == options.count { return nil }
        if block.isEmpty { block = try vectors.rows(next..<min(next + blockSize, options.count))[...] }
        defer { next += 1 }
        return block.popFirst().map { Item(id: String(next), vector: $0) }
    }
    let ingested = Ingested(seconds: seconds(clock.now - began), items: options.count - options.start)
    if tunes { while try await !collection.tune(within: 60_000).isDone {} }
    try say(ingested)
    while readLine() != nil {}
}

/// Rows read at a time.
private let blockSize = 1_000

func seconds(_ duration: Duration) -> Double {
    let (whole, attoseconds) = duration.components
    return Double(whole) + Double(attoseconds) * 1e-18
}

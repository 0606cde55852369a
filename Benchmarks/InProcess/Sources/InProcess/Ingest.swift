import Whiplash

/// Stores the rows, a batch after the other; each is on the disk before the next begins.
///
/// - Parameter tunes: Whether the collection is tuned then, in time that is not counted.
func ingest(_ options: Options, tunes: Bool = false) async throws {
    let clock = ContinuousClock()
    let vectors = try RawVectors(path: options.base, dimension: options.dimension)
    let began = clock.now
    let collection = try await openCollection(options, create: options.start == 0)
    for start in stride(from: options.start, to: options.count, by: batchSize) {
        let rows = try vectors.rows(start..<min(start + batchSize, options.count))
        try await collection.insert(
            rows.enumerated().map { Item(id: String(start + $0.offset), vector: $0.element) })
    }
    let ingested = Ingested(seconds: seconds(clock.now - began), items: options.count - options.start)
    if tunes { while try await !collection.tune(within: 60_000).isDone {} }
    try say(ingested)
    while readLine() != nil {}
}

private let batchSize = 1_000

func seconds(_ duration: Duration) -> Double {
    let (whole, attoseconds) = duration.components
    return Double(whole) + Double(attoseconds) * 1e-18
}

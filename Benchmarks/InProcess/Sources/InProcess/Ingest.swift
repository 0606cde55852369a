import Whiplash

/// Stores the rows, a batch after the other; each is on the disk before the next begins.
func ingest(_ options: Options) async throws {
    let clock = ContinuousClock()
    let vectors = try RawVectors(path: options.base, dimension: options.dimension)
    let began = clock.now
    let collection = try await openCollection(options, create: options.start == 0)
    for start in stride(from: options.start, to: options.count, by: batchSize) {
        let rows = try vectors.rows(start..<min(start + batchSize, options.count))
        try await collection.insert(
            rows.enumerated().map { Item(id: String(start + $0.offset), vector: $0.element) })
    }
    try say(Ingested(seconds: seconds(clock.now - began), items: options.count - options.start))
    while readLine() != nil {}
}

private let batchSize = 1_000

func seconds(_ duration: Duration) -> Double {
    let (whole, attoseconds) = duration.components
    return Double(whole) + Double(attoseconds) * 1e-18
}

/// Runs `body` for every input, at most `width` at a time, and gives the results in the inputs' order.
///
/// The first failure cancels the rest and is thrown; a cancelled task throws `cancelled`.
public func concurrently<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], width: Int,
    _ body: @escaping @Sendable (Input) async throws(StoreError) -> Output
) async throws(StoreError) -> [Output] {
    if inputs.count == 1 { return [try await body(inputs[0])] }
    let trips = RoundTrips.current
    do {
        return try await withThrowingTaskGroup(of: Branch<Output>.self) { group in
            var outputs = [Output?](repeating: nil, count: inputs.count)
            let start = trips?.count
            for (index, input) in inputs.enumerated() {
                var before = start
                if index >= width, let done = try await group.next() {
                    outputs[done.index] = done.output
                    before = done.tripCount
                    trips?.join(done.tripCount ?? 0)
                }
                group.addTask { [before] in try await Branch(index, from: before) { try await body(input) } }
            }
            while let done = try await group.next() {
                outputs[done.index] = done.output
                trips?.join(done.tripCount ?? 0)
            }
            return outputs.compactMap { $0 }
        }
    } catch let error as StoreError {
        throw error
    } catch is CancellationError {
        throw .cancelled
    } catch {
        throw .unavailable(store: "store", reason: "\(error)")
    }
}

/// What became of one input, and the round trips until then where they are counted.
private struct Branch<Output: Sendable>: Sendable {
    let index: Int
    let output: Output
    var tripCount: Int?

    /// - Parameter count: The round trips before; nil where they are not counted.
    init(_ index: Int, from count: Int?, _ body: () async throws -> Output) async throws {
        self.index = index
        if let count {
            let ended = try await RoundTrips.branch(from: count, body)
            output = ended.output
            tripCount = ended.count
        } else {
            output = try await body()
        }
    }
}

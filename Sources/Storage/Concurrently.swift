/// Runs `body` for every input, at most `width` at a time, and gives the results in the inputs' order.
///
/// The first failure cancels the rest and is thrown; a cancelled task throws `cancelled`.
public func concurrently<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], width: Int,
    _ body: @escaping @Sendable (Input) async throws(StoreError) -> Output
) async throws(StoreError) -> [Output] {
    if inputs.count == 1 { return [try await body(inputs[0])] }
    do {
        return try await withThrowingTaskGroup(of: (Int, Output).self) { group in
            var outputs = [Output?](repeating: nil, count: inputs.count)
            for (index, input) in inputs.enumerated() {
                if index >= width, let (done, output) = try await group.next() { outputs[done] = output }
                group.addTask { (index, try await body(input)) }
            }
            while let (done, output) = try await group.next() { outputs[done] = output }
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

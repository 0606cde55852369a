import Whiplash

/// Runs `body` for every input, at most `width` at a time, and gives the results in the inputs' order.
///
/// After a failure nothing new begins, and what is under way comes to its end. The failure of the first input that has one is thrown.
func inParallel<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], width: Int,
    _ body: @escaping @Sendable (Input) async throws(WhiplashError) -> Output
) async throws(WhiplashError) -> [Output] {
    if inputs.count == 1 { return [try await body(inputs[0])] }
    var results = [Result<Output, WhiplashError>?](repeating: nil, count: inputs.count)
    await withTaskGroup(of: (Int, Result<Output, WhiplashError>).self) { group in
        var begun = 0
        var hasFailed = false
        while true {
            while begun < inputs.count, begun - finished(results) < width, !hasFailed {
                let (index, input) = (begun, inputs[begun])
                group.addTask { (index, await result(input, body)) }
                begun += 1
            }
            guard let (index, result) = await group.next() else { break }
            results[index] = result
            if case .failure = result { hasFailed = true }
        }
    }
    var outputs: [Output] = []
    for case let result? in results { outputs.append(try result.get()) }
    return outputs
}

private func finished<Value>(_ results: [Value?]) -> Int { results.count { $0 != nil } }

private func result<Input, Output>(
    _ input: Input, _ body: (Input) async throws(WhiplashError) -> Output
) async -> Result<Output, WhiplashError> {
    do { return .success(try await body(input)) } catch { return .failure(error) }
}

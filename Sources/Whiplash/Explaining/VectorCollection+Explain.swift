import Storage

extension VectorCollection {
    /// A search, and how it went if it is to explain itself.
    ///
    /// - Throws: As `search`.
    public func answer(_ request: SearchRequest) async throws(WhiplashError) -> SearchAnswer {
        guard request.explain else { return SearchAnswer(matches: try await search(request)) }
        let (matches, explanation) = try await explained { collection throws(WhiplashError) in
            try await collection.search(request)
        }
        return SearchAnswer(matches: matches, explanation: explanation)
    }

    /// Runs a search on a collection that writes down what it does.
    func explained<Output: Sendable>(
        _ search: (VectorCollection) async throws(WhiplashError) -> Output
    ) async throws(WhiplashError) -> (Output, SearchExplanation) {
        let trace = SearchTrace()
        var traced = database.measured(by: trace.meter)
        traced.trace = trace
        let collection = VectorCollection(index, readAt: readAt, in: traced)
        let found = await RoundTrips.$current.withValue(trace.trips) {
            await outcome { () throws(WhiplashError) in
                try await search(collection)
            }
        }
        return (try found.get(), trace.explanation(settings.prices))
    }
}

/// What became of a call.
func outcome<Value: Sendable>(
    _ body: () async throws(WhiplashError) -> Value
) async -> Result<Value, WhiplashError> {
    do { return .success(try await body()) } catch { return .failure(error) }
}

import Whiplash

extension ItemCollection {
    /// How many items there are, for a bar on a terminal: nil where nobody looks at one, or that is not known for little.
    func totalForBar() async -> Int? {
        guard ProgressBar.isTerminal else { return nil }
        // The bar does without what cannot be had.
        return try? await knownCount()
    }

    /// What the statistics tell; nil where nobody has counted, or only that there are more than so many.
    func knownCount() async throws(WhiplashError) -> Int? {
        guard let items = try await statistics().items, items.source != .atLeast else { return nil }
        return items.value
    }
}

import Storage

/// What a tuning came to; part of the collection's row in the metadata table.
public struct LastTuning: Sendable, Equatable {
    /// `tuned`, or `too_small` when there was nothing to learn from.
    public var state: String
    /// The generation of planes that searches read since then.
    public var generation: Int
    /// How many items were stored under the new planes.
    public var filledCount: Int
    /// When it ended, in milliseconds since 1970.
    public var finishedAt: Int64

    public init(state: String, generation: Int, filledCount: Int, finishedAt: Int64) {
        self.state = state
        self.generation = generation
        self.filledCount = filledCount
        self.finishedAt = finishedAt
    }
}

extension LastTuning {
    var attributes: Attributes {
        [
            "tuned": .text(state), "tuned_at": .integer(finishedAt),
            "tuned_filled": .integer(Int64(filledCount)),
            "tuned_generation": .integer(Int64(generation)),
        ]
    }

    /// Nil of a collection that no tuning has come to its end in.
    init?(_ row: Row) {
        guard let state = row.text("tuned"), let finishedAt = row.integer("tuned_at"),
            let filled = row.integer("tuned_filled"), let generation = row.integer("tuned_generation")
        else { return nil }
        self.init(
            state: state, generation: Int(generation), filledCount: Int(filled), finishedAt: finishedAt)
    }
}

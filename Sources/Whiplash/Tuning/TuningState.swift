import Storage

/// How far the tuning of a collection has come; part of its row in the metadata table.
///
/// | phase | what is true | the next step |
/// |---|---|---|
/// | `sampling` | a number is taken for the new generation | its planes are learned and stored |
/// | `announced` | writers are told to write the new generation too | when all have heard, filling begins |
/// | `filling` | all writers write both | bucket rows of all vectors are stored in the new one, page by page |
/// | `filled` | the new one is complete | when replicas have it too, it becomes the one that is read |
/// | `switched` | searches are told to read it | when all have heard, the old one needs no more writing |
/// | `leaving` | writers are told to leave the old one | when all have heard, nobody touches it |
/// | `removing` | the old one is nobody's | its rows are removed |
///
/// Each step is a conditional write of the row, so that any process may take it, and of two only one does. What is done between
/// steps may be done twice.
struct TuningState: Sendable, Equatable {
    enum Phase: String {
        case sampling, announced, filling, filled, switched, leaving, removing
    }

    var phase: Phase
    /// The generation that comes, or, from `switched` on, the one that goes.
    var other: Int
    /// When somebody first saw the row in this phase, in milliseconds since 1970: nobody can have read an older one later.
    var seenAt: Int64?
    /// The last vector whose bucket row is stored in the new generation.
    var cursor: RowKey?
    /// How many vectors have been filled in.
    var filledCount = 0
    var startedAt: Int64

    init(phase: Phase, other: Int, startedAt: Int64) {
        self.phase = phase
        self.other = other
        self.startedAt = startedAt
    }

    func entering(_ phase: Phase) -> TuningState {
        var state = self
        (state.phase, state.seenAt) = (phase, nil)
        return state
    }
}

extension TuningState {
    var attributes: Attributes {
        var attributes: Attributes = [
            "tuning": .text(phase.rawValue), "tuning_other": .integer(Int64(other)),
            "tuning_filled": .integer(Int64(filledCount)), "tuning_started": .integer(startedAt),
        ]
        attributes["tuning_seen"] = seenAt.map { .integer($0) }
        attributes["tuning_cursor_p"] = cursor.map { .text($0.partition) }
        attributes["tuning_cursor_s"] = cursor.map { .text($0.sort) }
        return attributes
    }

    /// Nil when no tuning is under way.
    init?(_ row: Row) {
        guard let phase = row.text("tuning").flatMap(Phase.init(rawValue:)),
            let other = row.integer("tuning_other"), let startedAt = row.integer("tuning_started")
        else { return nil }
        self.init(phase: phase, other: Int(other), startedAt: startedAt)
        seenAt = row.integer("tuning_seen")
        filledCount = Int(row.integer("tuning_filled") ?? 0)
        if let partition = row.text("tuning_cursor_p"), let sort = row.text("tuning_cursor_s") {
            cursor = RowKey(partition: partition, sort: sort)
        }
    }
}

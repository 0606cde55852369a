import Storage

/// How a search reads the vectors of its candidates.
enum TruthReads: Sendable {
    case strong
    case eventual
    /// Strongly those that the change log has told of lately, the others eventually: they have been what they are for long.
    case byRecency(RecentIDs)

    init(_ consistency: Consistency, _ warm: WarmIndex.Snapshot?, _ order: LogOrder) {
        switch (consistency, warm, order) {
        case (_, let warm?, .timed): self = .byRecency(warm.recent)
        case (.eventual, nil, _): self = .eventual
        default: self = .strong
        }
    }

    var isStrong: Bool { if case .strong = self { true } else { false } }
}

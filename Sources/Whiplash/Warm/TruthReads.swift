import Storage

/// How a search reads the vectors of its candidates.
enum TruthReads: Sendable {
    case strong
    case eventual
    /// Strongly those that were written lately, the others eventually: they have been what they are for long.
    case byRecency(isRecent: @Sendable (RowKey) -> Bool)

    init(_ consistency: Consistency, _ warm: WarmIndex.Snapshot?, _ order: LogOrder) {
        switch (consistency, warm, order) {
        case (_, let warm?, .timed): self = .byRecency { warm.recent.contains($0.partition) }
        case (.eventual, nil, _): self = .eventual
        default: self = .strong
        }
    }

    var isStrong: Bool { if case .strong = self { true } else { false } }
}

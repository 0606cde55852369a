/// How the rankings by vector and by words become one.
public enum Fusion: Sendable, Equatable {
    /// `Σ 1 / (60 + rank)` over the rankings that an item is in, with ranks from 1. What the scores are does not matter.
    ///
    /// Source: G. Cormack, C. Clarke, S. Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    /// Methods", SIGIR 2009.
    case reciprocalRank
    /// `weight · v + (1 − weight) · t`: `v` is the vector's score, moved and scaled so that the best of what is fused has 1 and
    /// the worst 0; `t` is the text's score, scaled so that the best has 1.
    case weighted(Float)
}

/// The matches of two rankings as one.
struct FusedRanking {
    /// By falling score, which is the fused one.
    let matches: [Match]

    /// How much a rank counts for: a large number lets the first ranks stand out less.
    static let rankConstant = 60.0

    /// - Parameters:
    ///   - near: By falling score of their vectors.
    ///   - worded: By falling score of their texts.
    init(near: [Match], worded: [Match], _ fusion: Fusion) {
        var union: [ItemName: Match] = [:]
        for match in near + worded where union[match.item.name] == nil { union[match.item.name] = match }
        let scores =
            switch fusion {
            case .reciprocalRank: Self.reciprocalRanks([near, worded])
            case .weighted(let weight): Self.weighted(Array(union.values), weight)
            }
        matches = union.values.map { match in
            var match = match
            match.score = Float(scores[match.item.name] ?? 0)
            return match
        }.sorted(by: Match.isBefore)
    }

    private static func reciprocalRanks(_ rankings: [[Match]]) -> [ItemName: Double] {
        var scores: [ItemName: Double] = [:]
        for ranking in rankings {
            for (index, match) in ranking.enumerated() {
                scores[match.item.name, default: 0] += 1 / (rankConstant + Double(index + 1))
            }
        }
        return scores
    }

    private static func weighted(_ matches: [Match], _ weight: Float) -> [ItemName: Double] {
        let near = matches.map { Double($0.vectorScore ?? 0) }
        let worded = matches.map { Double($0.textScore ?? 0) }
        let (least, most) = (near.min() ?? 0, near.max() ?? 0)
        let best = worded.max() ?? 0
        let weight = Double(weight)
        let scores = zip(near, worded).map { near, worded in
            weight * (most > least ? (near - least) / (most - least) : 1)
                + (1 - weight) * (best > 0 ? worded / best : 0)
        }
        return Dictionary(zip(matches.map(\.item.name), scores)) { $1 }
    }
}

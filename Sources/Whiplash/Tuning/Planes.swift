import VectorIndex

/// What hashes the vectors of a generation: random planes, or what was learned from a sample.
enum Planes: Sendable {
    case random(Hyperplanes)
    case learned(LearnedCells)

    func hashKey(of vector: [Float]) -> HashKey {
        switch self {
        case .random(let planes): planes.hashKey(of: vector)
        case .learned(let cells): cells.hashKey(of: vector)
        }
    }
}

/// A set of planes with the rows that are hashed under it: bucket rows and a change log of its own.
struct Generation: Sendable {
    let number: Int
    let planes: Planes
    let layout: any RowLayout

    init(_ number: Int, _ planes: Planes, of configuration: CollectionConfiguration) {
        self.number = number
        self.planes = planes
        layout = configuration.reading(number).layout
    }
}

extension CollectionConfiguration {
    /// The same collection as seen by those who read another generation.
    func reading(_ generation: Int) -> CollectionConfiguration {
        var configuration = self
        configuration.generation = generation
        return configuration
    }

    /// Every generation that is written, the one that is read first.
    var writtenGenerations: [Int] { [generation] + (alsoWritten.map { [$0] } ?? []) }
}

extension VectorCollection {
    /// Where the bucket rows of a stored vector are: one in each generation that is written.
    func bucketRows(of row: VectorRow) -> [(generation: Generation, key: IndexKey)] {
        index.generations.map { generation in
            // In a group there are no planes, and one generation.
            let key =
                configuration.grouping
                ? row.indexKey
                : row.indexKey.under(generation.planes.hashKey(of: row.item.vector))
            return (generation, key)
        }
    }
}

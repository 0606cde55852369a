import JSON
import Storage
import VectorIndex

/// What a collection is: given when it was created, and the same ever after but for its name, what is said of it, and how its
/// buckets are cut (`CollectionChanges`).
///
/// The names in JSON are the ancestor's: `id`, `name`, `region`, `stage`, `project_name`, `n_features`,
/// `n_planes`, `bit_start`, `bit_scale_factor`; ours are `metric`, `grouping`, `vector_type`, `text_index`, `filterable` and `created_at`.
public struct CollectionConfiguration: Sendable, Equatable {
    public var name: String
    public var project: String
    public var stage: String
    public var region: String
    /// The dimension of its vectors, 1 to 4,096.
    public var featureCount: Int
    /// How many layers of hash keys (the ancestor's `n_planes`).
    public var planeCount: Int
    /// The bits of the first layer.
    public var bitStart: Int
    /// How many bits each further layer adds; need not be whole.
    public var bitScaleFactor: Double
    public var metric: Metric
    /// Whether each item belongs to a group, in which it is searched for.
    public var grouping = false
    /// What vectors are stored as.
    public var vectorType = VectorType.float32
    /// The bits for each dimension of its sketches; nothing in a collection with groups, or of few dimensions.
    package var sketchBits = 0
    /// Whether an inverted index is kept of the items' texts.
    public var textIndex = false
    /// The metadata keys whose values travel in the index, so that filters by them are decided before vectors are read.
    public var filterable: [String] = []
    /// Draws the planes and the rotation.
    package var seed: UInt64
    /// Tells this collection from every other ever created under its name; part of the keys of its rows.
    package var incarnation: String
    /// The generation of planes that bucket rows are read from.
    package var generation: Int
    /// A further generation that is written as well, while a collection is being tuned.
    package var alsoWritten: Int?
    /// Over how many partitions of the buckets table its rows are spread.
    package var shardCount: Int
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// What its owner says of it, for people.
    public var description: String?
    /// What its owner says of it, for programs: a JSON object, such as the model that its vectors are from.
    public var metadata: RawJSON?
    /// How far it has come as a clone; nil when it is none, or a finished one.
    public var clone: CloneProgress?
    /// What its tables are named after when that is not its id: it has been renamed, or made under a name that a renamed one has left.
    package var tableID: String?

    /// `<project>_<stage>_<name>`, the ancestor's id.
    public var id: String { "\(project)_\(stage)_\(name)" }

    var vectorsTable: TableName { Names.vectorsTable(tableID ?? id) }
    var bucketsTable: TableName { Names.bucketsTable(tableID ?? id) }
}

extension CollectionConfiguration {
    /// A collection as the API tells of it: without what only the engine that keeps it knows.
    package init(
        name: String, project: String, stage: String, region: String, featureCount: Int, planeCount: Int,
        bitStart: Int, bitScaleFactor: Double, metric: Metric, createdAt: Int64
    ) {
        self.init(
            name: name, project: project, stage: stage, region: region, featureCount: featureCount,
            planeCount: planeCount, bitStart: bitStart, bitScaleFactor: bitScaleFactor, metric: metric,
            seed: 0, incarnation: "", generation: 0, shardCount: 0, createdAt: createdAt)
    }
}

/// What a caller chooses of a new collection; nil takes the settings' default.
public struct NewCollection: Sendable {
    public var name: String
    public var featureCount: Int
    public var planeCount: Int?
    public var bitStart: Int?
    public var bitScaleFactor: Double?
    public var metric: Metric = .cosine
    public var grouping = false
    public var vectorType = VectorType.float32
    /// Whether an inverted index is kept of the items' texts, so that they are found by their words: a row more for each different
    /// word of a text. Only without groups, which are searched without one.
    public var textIndex = false
    /// Metadata keys whose values travel in the index, so that a filter by them is decided before vectors are read: up to 8, such as
    /// `lang` or `author.born`. What an item has under one of them should take few bytes; what takes more than 128 is looked up.
    public var filterable: [String] = []
    public var description: String?
    /// A JSON object.
    public var metadata: RawJSON?

    public init(name: String, featureCount: Int) {
        self.name = name
        self.featureCount = featureCount
    }
}

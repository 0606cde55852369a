import JSON
import VectorIndex

/// What a caller chooses of a clone; nil takes what the source has.
///
/// Sketches and the spread over partitions are those of a new collection of today. The dimension and the groups are the items' own.
public struct NewClone: Sendable {
    public var name: String
    public var metric: Metric?
    public var vectorType: VectorType?
    public var textIndex: Bool?
    /// Its filterable keys, in the place of the source's.
    public var filterable: [String]?
    public var description: String?
    /// A JSON object, in the place of the source's.
    public var metadata: RawJSON?

    public init(name: String) { self.name = name }
}

/// What a call of `cloneCollection` has come to.
public struct CloneReport: Sendable, Equatable {
    /// `copying`; `settling` while replicas of the store follow; `cloned` when all is done.
    public var state: String
    public var isDone: Bool
    /// Items copied so far. Those of which a page broke off are counted once.
    public var copiedCount: Int

    public init(state: String, isDone: Bool, copiedCount: Int) {
        self.state = state
        self.isDone = isDone
        self.copiedCount = copiedCount
    }
}

extension NewClone {
    /// The configuration of a clone of `source`.
    ///
    /// Planes that were learned stay good under another rotation and other sketches, not under another metric.
    ///
    /// - Throws: `invalid` for the first rule that is broken.
    func configuration(
        of source: CollectionConfiguration, _ settings: DatabaseSettings, _ origin: Origin
    ) throws(WhiplashError) -> CollectionConfiguration {
        var made = source
        made.name = name
        made.metric = metric ?? source.metric
        made.vectorType = vectorType ?? source.vectorType
        made.textIndex = textIndex ?? source.textIndex
        made.filterable = filterable ?? source.filterable
        made.description = description ?? source.description
        made.metadata = metadata ?? source.metadata
        made.sketchBits = SketchFormat.defaultBits(dimension: source.featureCount)
        made.generation = made.metric == source.metric ? source.generation : 0
        made.incarnation = fixedWidthBase36(origin.random(), width: 6)
        (made.alsoWritten, made.clone, made.tableID) = (nil, nil, nil)
        (made.shardCount, made.createdAt) = (settings.shardCount, origin.now())
        try made.check()
        return made
    }

    /// Throws `invalid` when this asks for another clone than the one that is under way.
    func check(against found: CollectionConfiguration) throws(WhiplashError) {
        try check("metric", metric?.rawValue, found.metric.rawValue)
        try check("vector_type", vectorType?.rawValue, found.vectorType.rawValue)
        try check("text_index", textIndex.map { "\($0)" }, "\(found.textIndex)")
        try check("filterable", filterable.map { "\($0)" }, "\(found.filterable)")
    }

    private func check(
        _ field: String, _ asked: String?, _ found: String
    ) throws(WhiplashError) {
        guard let asked, asked != found else { return }
        throw .invalid(
            Violation(
                field: field, expected: "\(found), as the clone was begun, or none", received: asked))
    }
}

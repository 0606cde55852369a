import JSON
import Storage
import VectorIndex

/// A collection's row in the metadata table: its configuration, and whether it can be used.
///
/// | partition | sort | attributes |
/// |---|---|---|
/// | `collection/<stage>` | `<project>_<stage>_<name>` | the configuration, `state`, `w` |
/// | `project/<stage>` | name | `created_at` |
///
/// A collection is made and removed in steps. `state` says how far that has come, and `w` (a write stamp) lets only one
/// process take a step: a process that dies between two leaves a row that the next one takes over. Once written, a row stays,
/// as a tombstone at the least: a name that has none was never anybody's.
struct CollectionRow: Sendable {
    enum State: String {
        case creating, ready, deleting
        /// A tombstone: the tables are gone. Until other processes have forgotten the collection, none is made in its place.
        case deleted
        /// A clone that is being filled: see `CloneState`.
        case cloning
        /// A name that the collection `peer` is to have, or has if that row says `moved` to here: see `Database.renameCollection`.
        case arriving
        /// A tombstone of another kind: the collection that had this name is called `peer` now, and has its tables still.
        case moved
    }

    var configuration: CollectionConfiguration
    var state: State
    var stamp: WriteStamp
    /// How far a tuning has come that is under way.
    var tuning: TuningState?
    /// What the last tuning came to that ended.
    var lastTuning: LastTuning?
    /// How far a clone has come that is being filled.
    var clone: CloneState?
    /// Of a name that a collection comes to or has left, that collection's other name.
    var peer: String?

    /// Steps of one process last at most this long, in milliseconds; a row that has stood longer was left behind.
    static let stepLifetime: Int64 = 120_000
    /// The newest version this one reads. Version 2 knows groups and float16, version 3 generations of planes, version 4 the bits of
    /// sketches, version 5 text indexes, version 6 clones and other names, version 7 filterable keys; what uses none of it is written as
    /// version 1, which older versions read.
    static let formatVersion: Int64 = 7

    static func partition(stage: String) -> String { "collection/" + stage }

    static func key(id: String, stage: String) -> RowKey {
        RowKey(partition: partition(stage: stage), sort: id)
    }

    /// Whether the write holds only as long as nobody else took a step.
    var unchanged: Condition { .equals(attribute: "w", .integer(stamp.number)) }

    var row: Row {
        let it = configuration
        var row = Row(
            key: Self.key(id: it.id, stage: it.stage),
            attributes: [
                "version": .integer(version), "state": .text(state.rawValue),
                "w": .integer(stamp.number), "name": .text(it.name), "project_name": .text(it.project),
                "stage": .text(it.stage), "region": .text(it.region),
                "n_features": .integer(Int64(it.featureCount)), "n_planes": .integer(Int64(it.planeCount)),
                "bit_start": .integer(Int64(it.bitStart)),
                "bit_scale_factor": .text(String(it.bitScaleFactor)), "metric": .text(it.metric.rawValue),
                "seed": .integer(Int64(bitPattern: it.seed)), "incarnation": .text(it.incarnation),
                "generation": .integer(Int64(it.generation)),
                "shards": .integer(Int64(it.shardCount)), "created_at": .integer(it.createdAt),
                "grouping": .integer(it.grouping ? 1 : 0), "vector_type": .text(it.vectorType.rawValue),
                "sketch_bits": .integer(Int64(it.sketchBits)),
                "text_index": .integer(it.textIndex ? 1 : 0),
            ])
        row.attributes["filterable"] = it.filterableText.map { .text($0) }
        row.attributes["also_written"] = it.alsoWritten.map { .integer(Int64($0)) }
        row.attributes["description"] = it.description.map { .text($0) }
        row.attributes["metadata"] = it.metadata.map { .text($0.text) }
        row.attributes["tables"] = it.tableID.map { .text($0) }
        row.attributes["peer"] = peer.map { .text($0) }
        row.attributes.merge(tuning?.attributes ?? [:])
        row.attributes.merge(clone?.attributes ?? [:])
        row.attributes.merge(lastTuning?.attributes ?? [:])
        return row
    }

    private var version: Int64 {
        switch state {
        case .cloning, .arriving, .moved: max(6, configuration.formatVersion)
        case .creating, .ready, .deleting, .deleted: configuration.formatVersion
        }
    }

    init(configuration: CollectionConfiguration, state: State, stamp: WriteStamp) {
        self.configuration = configuration
        self.state = state
        self.stamp = stamp
    }

    /// - Throws: `unreadable` when the row is of a newer version or is damaged.
    init(_ row: Row) throws(StoreError) {
        guard let version = row.integer("version"), version <= Self.formatVersion else {
            throw .unreadable(reason: "collection \(row.key.sort) was written by a newer version")
        }
        guard let configuration = CollectionConfiguration(row),
            let state = row.text("state").flatMap(State.init(rawValue:)), let stamp = row.integer("w")
        else {
            throw .unreadable(reason: "the row of collection \(row.key.sort) is incomplete")
        }
        self.init(configuration: configuration, state: state, stamp: WriteStamp(number: stamp))
        tuning = TuningState(row)
        lastTuning = LastTuning(row)
        clone = CloneState(row)
        peer = row.text("peer")
        self.configuration.clone = clone?.progress
    }
}

extension CollectionConfiguration {
    fileprivate var formatVersion: Int64 {
        if !filterable.isEmpty { return 7 }
        if tableID != nil { return 6 }
        if textIndex { return 5 }
        if !grouping, sketchBits != Self.impliedSketchBits(featureCount) { return 4 }
        if generation > 0 || alsoWritten != nil { return 3 }
        return grouping || vectorType != .float32 ? 2 : 1
    }

    /// Of collections whose row does not tell.
    private static func impliedSketchBits(_ featureCount: Int) -> Int {
        featureCount < 320 ? SketchFormat.defaultBits(dimension: featureCount) : 1
    }

    fileprivate init?(_ row: Row) {
        guard let name = row.text("name"), let project = row.text("project_name"),
            let stage = row.text("stage"),
            let region = row.text("region"), let features = row.integer("n_features"),
            let planes = row.integer("n_planes"), let bitStart = row.integer("bit_start"),
            let bitScaleFactor = row.text("bit_scale_factor").flatMap(Double.init),
            let metric = row.text("metric").flatMap(Metric.init(rawValue:)), let seed = row.integer("seed"),
            let incarnation = row.text("incarnation"), let generation = row.integer("generation"),
            let shards = row.integer("shards"),
            let created = row.integer("created_at"),
            let vectorType = VectorType(rawValue: row.text("vector_type") ?? VectorType.float32.rawValue)
        else { return nil }
        self.init(
            name: name, project: project, stage: stage, region: region, featureCount: Int(features),
            planeCount: Int(planes), bitStart: Int(bitStart), bitScaleFactor: bitScaleFactor, metric: metric,
            grouping: row.integer("grouping") == 1, vectorType: vectorType,
            sketchBits: row.integer("sketch_bits").map { Int($0) } ?? Self.impliedSketchBits(Int(features)),
            textIndex: row.integer("text_index") == 1, seed: UInt64(bitPattern: seed),
            incarnation: incarnation, generation: Int(generation),
            shardCount: Int(shards),
            createdAt: created)
        alsoWritten = row.integer("also_written").map { Int($0) }
        description = row.text("description")
        metadata = row.text("metadata").map(RawJSON.init(checked:))
        tableID = row.text("tables")
        guard let text = row.text("filterable") else { return }
        guard let keys = Self.keys(inText: text) else { return nil }
        filterable = keys
    }

    /// The filterable keys as a JSON array; nil when there are none.
    fileprivate var filterableText: String? {
        if filterable.isEmpty { return nil }
        var writer = JSONWriter()
        writer.writeArray { writer in
            for key in filterable { writer.write(key) }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func keys(inText text: String) -> [String]? {
        try? JSONReader.read(Array(text.utf8)) { reader throws(JSONError) in
            var keys: [String] = []
            try reader.readArray { _, reader throws(JSONError) in keys.append(try reader.readString()) }
            return keys
        }
    }
}

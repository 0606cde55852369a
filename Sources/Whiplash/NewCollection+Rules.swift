import JSON
import VectorIndex

extension NewCollection {
    static let featureCounts = 1...4096
    static let planeCounts = 1...64
    static let bitStarts = 1...HashKey.bitCount
    static let bitScaleFactors = 0.0...Double(HashKey.bitCount)

    /// The configuration this asks for, with defaults filled in.
    ///
    /// - Throws: `invalid` for the first rule that is broken.
    func configuration(
        in project: String, _ settings: DatabaseSettings, _ origin: Origin
    ) throws(WhiplashError) -> CollectionConfiguration {
        try Names.check(name, field: "name")
        var made = CollectionConfiguration(
            name: name, project: project, stage: settings.stage, region: settings.region,
            featureCount: featureCount, planeCount: planeCount ?? settings.defaultPlaneCount,
            bitStart: bitStart ?? settings.defaultBitStart,
            bitScaleFactor: bitScaleFactor ?? settings.defaultBitScaleFactor, metric: metric,
            grouping: grouping, vectorType: vectorType,
            sketchBits: SketchFormat.defaultBits(dimension: featureCount), textIndex: textIndex,
            filterable: filterable,
            seed: origin.random(),
            incarnation: fixedWidthBase36(origin.random(), width: 6), generation: 0,
            shardCount: settings.shardCount, createdAt: origin.now())
        (made.description, made.metadata) = (description, metadata)
        try made.check()
        return made
    }
}

extension CollectionConfiguration {
    /// Throws `invalid` for the first rule of collections that is broken.
    func check() throws(WhiplashError) {
        if grouping, textIndex {
            throw .invalid(
                Violation(
                    field: "text_index",
                    expected: "false in a collection with groups, whose texts are found without",
                    received: "true"))
        }
        try checkFilterable()
        try check("n_features", featureCount, NewCollection.featureCounts)
        try check("n_planes", planeCount, NewCollection.planeCounts)
        try check("bit_start", bitStart, NewCollection.bitStarts)
        try check("bit_scale_factor", bitScaleFactor, NewCollection.bitScaleFactors)
        try check("description", description, CollectionChanges.descriptionBytes)
        try check("metadata", metadata?.text, CollectionChanges.metadataBytes)
        if let metadata, !metadata.isObject {
            throw .invalid(
                Violation(field: "metadata", expected: "an object", received: "another JSON value"))
        }
    }

    private func check(_ field: String, _ text: String?, _ limit: Int) throws(WhiplashError) {
        guard let count = text?.utf8.count, count > limit else { return }
        throw .invalid(
            Violation(field: field, expected: "at most \(limit) bytes of UTF-8", received: "\(count)"))
    }

    private func checkFilterable() throws(WhiplashError) {
        func violation(_ expected: String, _ received: String) -> WhiplashError {
            .invalid(Violation(field: "filterable", expected: expected, received: received))
        }
        if filterable.count > FilterableKeys.maxCount {
            throw violation("at most \(FilterableKeys.maxCount) keys", "\(filterable.count)")
        }
        var seen = Set<[UInt8]>()
        for (position, key) in filterable.enumerated() {
            let bytes = Array(key.utf8)
            guard FilterableKeys.nameBytes.contains(bytes.count) else {
                throw violation(
                    "keys of \(FilterableKeys.nameBytes.lowerBound) to \(FilterableKeys.nameBytes.upperBound) bytes of UTF-8",
                    "\(bytes.count) bytes at index \(position)")
            }
            if bytes[0] == UInt8(ascii: "$") {
                throw violation("keys that a filter can name", "one that begins with $ at index \(position)")
            }
            if !seen.insert(bytes).inserted {
                throw violation("each key once", "the same key again at index \(position)")
            }
        }
    }

    private func check<Number: Comparable>(
        _ field: String, _ number: Number, _ range: ClosedRange<Number>
    ) throws(WhiplashError) {
        guard range.contains(number) else {
            throw .invalid(
                Violation(
                    field: field, expected: "a number from \(range.lowerBound) to \(range.upperBound)",
                    received: "\(number)"))
        }
    }
}

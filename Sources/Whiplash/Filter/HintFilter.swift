/// What is known of a condition before the truth is read.
enum Verdict: UInt8, Sendable {
    case fails, passes, unknown

    init(_ passes: Bool) { self = passes ? .passes : .fails }
}

/// What a filter says of items by the values that their bucket rows carry, in logic of three values: of what rows do not carry nothing is known.
///
/// It only spares reads: what surely fails is not read, and of all else the stored item decides.
///
/// Source of the logic: S. C. Kleene, "On notation for ordinal numbers", Journal of Symbolic Logic, 1938.
struct HintFilter: Sendable {
    /// Whether the filter speaks of declared keys alone, so that little but a value too large for its row is unknown.
    let isDecisive: Bool
    private let condition: Condition
    private let keyCount: Int

    fileprivate indirect enum Condition: Sendable {
        case test(key: Int, ValueTest)
        case unknown
        case all([Condition])
        case any([Condition])
        case not(Condition)
    }

    /// Nil when no row can tell anything of the filter.
    init?(_ filter: MetadataFilter?, _ keys: FilterableKeys) {
        guard let filter, !keys.names.isEmpty else { return nil }
        var compiler = Compiler(keys: keys)
        condition = compiler.condition(filter)
        if !compiler.isDeclaredKeyTested { return nil }
        isDecisive = !compiler.isOtherKeyTested
        keyCount = keys.names.count
    }

    private struct Compiler {
        let keys: FilterableKeys
        var isDeclaredKeyTested = false
        var isOtherKeyTested = false

        mutating func condition(_ filter: MetadataFilter) -> Condition {
            switch filter {
            case .holds(let path, let test):
                guard let key = keys.index(of: path) else {
                    isOtherKeyTested = true
                    return .unknown
                }
                isDeclaredKeyTested = true
                return .test(key: key, ValueTest(test))
            case .and(let parts): return .all(parts.map { condition($0) })
            case .or(let parts): return .any(parts.map { condition($0) })
            case .not(let part): return .not(condition(part))
            }
        }
    }
}

// MARK: - One row

extension HintFilter {
    /// Of an item whose bucket row carries these values; nil where it does not tell them.
    func verdict(_ values: FilterableValues?) -> Verdict {
        let values = values ?? FilterableValues(bytes: [])
        var slices = [ArraySlice<UInt8>](repeating: [], count: keyCount)
        values.forEach(keyCount) { key, value in slices[key] = value }
        return verdict(condition, slices)
    }

    private func verdict(_ condition: Condition, _ values: [ArraySlice<UInt8>]) -> Verdict {
        switch condition {
        case .test(let key, let test): test.verdict(values[key])
        case .unknown: .unknown
        case .all(let parts): least(parts.lazy.map { verdict($0, values) }, stop: .fails, else: .passes)
        case .any(let parts): least(parts.lazy.map { verdict($0, values) }, stop: .passes, else: .fails)
        case .not(let part):
            switch verdict(part, values) {
            case .passes: .fails
            case .fails: .passes
            case .unknown: .unknown
            }
        }
    }

    /// `stop` when a part is that; else unknown when one is; else `other`.
    private func least(
        _ parts: some Sequence<Verdict>, stop: Verdict, else other: Verdict
    ) -> Verdict {
        var verdict = other
        for part in parts {
            if part == stop { return stop }
            if part == .unknown { verdict = .unknown }
        }
        return verdict
    }
}

// MARK: - Many rows

/// Rows of a leaf of which something is known, one bit each, the first the lowest of the first word.
private struct KnownRows {
    var passing: [UInt64]
    var failing: [UInt64]

    /// - Parameter all: What is known of every row.
    init(words: Int, all: Verdict) {
        passing = [UInt64](repeating: all == .passes ? .max : 0, count: words)
        failing = [UInt64](repeating: all == .fails ? .max : 0, count: words)
    }

    /// Where both hold.
    mutating func meet(_ other: KnownRows) {
        for word in passing.indices {
            passing[word] &= other.passing[word]
            failing[word] |= other.failing[word]
        }
    }

    mutating func negate() { swap(&passing, &failing) }
}

extension HintFilter {
    /// The rows of a leaf that do not surely fail, as `SketchScan.scan` takes them.
    ///
    /// - Complexity: O(tests × (rows + different values)); each different value of a leaf is tested once.
    func possibleRows(_ columns: ValueColumns) -> [UInt64] {
        known(condition, columns).failing.map { ~$0 }
    }

    private func known(_ condition: Condition, _ columns: ValueColumns) -> KnownRows {
        let words = (columns.rowCount + 63) / 64
        switch condition {
        case .test(let key, let test): return columns[key].rows(words) { test.verdict($0) }
        case .unknown: return KnownRows(words: words, all: .unknown)
        case .all(let parts):
            var known = KnownRows(words: words, all: .passes)
            for part in parts { known.meet(self.known(part, columns)) }
            return known
        case .any(let parts):
            // One of them holds unless none does.
            var known = KnownRows(words: words, all: .passes)
            for part in parts { known.meet(self.known(.not(part), columns)) }
            known.negate()
            return known
        case .not(let part):
            var known = known(part, columns)
            known.negate()
            return known
        }
    }
}

extension ValueColumn {
    /// Gives each different value to `verdict`, and what it says to the rows with that value.
    fileprivate func rows(_ words: Int, _ verdict: (ArraySlice<UInt8>) -> Verdict) -> KnownRows {
        let verdicts = (0..<valueCount).map { UInt64(verdict(value($0)).rawValue) }
        var known = KnownRows(words: words, all: .unknown)
        for (row, number) in numbers.enumerated() {
            let verdict = verdicts[Int(number)]
            known.passing[row / 64] |= (verdict & 1) << UInt64(row % 64)
            known.failing[row / 64] |= (verdict == 0 ? 1 : 0) << UInt64(row % 64)
        }
        return known
    }
}

// MARK: - Tests

/// A test, made ready for encoded values.
private struct ValueTest: Sendable {
    private let kind: Kind

    private enum Kind: Sendable {
        case exists
        case isIn(Set<[UInt8]>)
        case hasAll(Set<[UInt8]>)
        case compare(MetadataFilter.Order, MetadataFilter.Scalar)
    }

    init(_ test: MetadataFilter.Test) {
        kind =
            switch test {
            case .exists: .exists
            case .equal(let scalar): .isIn([EncodedValue.bytes(of: scalar)])
            case .isIn(let scalars): .isIn(Set(scalars.map(EncodedValue.bytes)))
            case .hasAll(let scalars): .hasAll(Set(scalars.map(EncodedValue.bytes)))
            case .compare(let order, let scalar): .compare(order, scalar)
            }
    }

    /// - Parameter value: An `EncodedValue`, as stored.
    func verdict(_ value: ArraySlice<UInt8>) -> Verdict {
        if EncodedValue.isUnknown(value) { return .unknown }
        switch kind {
        case .exists: return Verdict(!value.isEmpty)
        case .isIn(let wanted): return anyScalar(of: value) { wanted.contains(Array($0)) }
        case .compare(let order, let bound):
            return anyScalar(of: value) { order.holds(EncodedValue.scalar($0), bound) }
        case .hasAll(let wanted):
            // Each scalar stands there once.
            var left = wanted.count
            let isSound = EncodedValue.forEachScalar(value) { scalar in
                if wanted.contains(Array(scalar)) { left -= 1 }
                return left > 0
            }
            return isSound ? Verdict(left == 0) : .unknown
        }
    }

    private func anyScalar(
        of value: ArraySlice<UInt8>, _ holds: (ArraySlice<UInt8>) -> Bool
    ) -> Verdict {
        var isFound = false
        let isSound = EncodedValue.forEachScalar(value) { scalar in
            isFound = holds(scalar)
            return !isFound
        }
        return isSound ? Verdict(isFound) : .unknown
    }
}

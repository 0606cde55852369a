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
    /// - Complexity: O(tests × (rows + different values)); each different value of a leaf is tested once, and what is to equal
    ///   a scalar is looked up.
    func possibleRows(_ columns: ValueColumns) -> [UInt64] {
        known(condition, columns).failing.map { ~$0 }
    }

    private func known(_ condition: Condition, _ columns: ValueColumns) -> KnownRows {
        let words = (columns.rowCount + 63) / 64
        switch condition {
        case .test(let key, let test): return columns[key].rows(words, test.verdicts(of: columns[key]))
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
    /// What is known of each row, by what is known of each different value.
    fileprivate func rows(_ words: Int, _ verdicts: [Verdict]) -> KnownRows {
        var known = KnownRows(words: words, all: .unknown)
        // Bits and no branches: which rows pass follows no pattern.
        let passing = verdicts.map { $0 == .passes ? 1 as UInt64 : 0 }
        let failing = verdicts.map { $0 == .fails ? 1 as UInt64 : 0 }
        numbers.withUnsafeBufferPointer { numbers in
            for word in 0..<words {
                let rows = UnsafeBufferPointer(
                    rebasing: numbers[(64 * word)..<min(64 * word + 64, numbers.count)])
                var (passed, failed) = (0 as UInt64, 0 as UInt64)
                for (place, number) in rows.enumerated() {
                    passed |= passing[Int(number)] &<< UInt64(place)
                    failed |= failing[Int(number)] &<< UInt64(place)
                }
                (known.passing[word], known.failing[word]) = (passed, failed)
            }
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
        case isIn(EncodedScalars)
        case hasAll(EncodedScalars)
        case compareNumber(MetadataFilter.Order, Double)
        case compareText(MetadataFilter.Order, [UInt8])
        /// Of what has no order.
        case never
    }

    init(_ test: MetadataFilter.Test) {
        kind =
            switch test {
            case .exists: .exists
            case .equal(let scalar): .isIn(EncodedScalars([scalar]))
            case .isIn(let scalars): .isIn(EncodedScalars(scalars))
            case .hasAll(let scalars): .hasAll(EncodedScalars(scalars))
            case .compare(let order, .number(let number)): .compareNumber(order, number)
            case .compare(let order, .string(let text)): .compareText(order, Array(text.utf8))
            case .compare: .never
            }
    }

    /// What is known of each different value of a column.
    func verdicts(of column: ValueColumn) -> [Verdict] {
        guard column.isPlain, case .isIn(let wanted) = kind else {
            var verdicts: [Verdict] = []
            verdicts.reserveCapacity(column.valueCount)
            column.forEachValue { verdicts.append(verdict($0)) }
            return verdicts
        }
        var verdicts = [Verdict](repeating: .fails, count: column.valueCount)
        for scalar in wanted.sorted {
            if let number = column.known(scalar[...]) { verdicts[Int(number)] = .passes }
        }
        return verdicts
    }

    /// - Parameter value: An `EncodedValue`, as stored.
    func verdict(_ value: ArraySlice<UInt8>) -> Verdict {
        verdict(value.span)
    }

    private func verdict(_ value: Span<UInt8>) -> Verdict {
        if EncodedValue.isUnknown(value) { return .unknown }
        switch kind {
        case .exists: return Verdict(!value.isEmpty)
        case .isIn(let wanted): return anyScalar(of: value) { wanted.contains($0) }
        case .compareNumber(let order, let bound):
            return anyScalar(of: value) { scalar in
                guard let number = EncodedValue.number(scalar) else { return false }
                return order.holds(isLess: number < bound, isEqual: number == bound)
            }
        case .compareText(let order, let bound):
            return anyScalar(of: value) { scalar in
                guard let place = EncodedValue.order(scalar, besideText: bound) else { return false }
                return order.holds(isLess: place < 0, isEqual: place == 0)
            }
        case .never: return anyScalar(of: value) { _ in false }
        case .hasAll(let wanted):
            // Each scalar stands there once.
            var left = wanted.sorted.count
            let isSound = EncodedValue.forEachScalar(value) { scalar in
                if wanted.contains(scalar) { left -= 1 }
                return left > 0
            }
            return isSound ? Verdict(left == 0) : .unknown
        }
    }

    private func anyScalar(of value: Span<UInt8>, _ holds: (Span<UInt8>) -> Bool) -> Verdict {
        var isFound = false
        let isSound = EncodedValue.forEachScalar(value) { scalar in
            isFound = holds(scalar)
            return !isFound
        }
        return isSound ? Verdict(isFound) : .unknown
    }
}

/// Different scalars as values have them, in the order of their bytes.
private struct EncodedScalars: Sendable {
    let sorted: [[UInt8]]

    init(_ scalars: [MetadataFilter.Scalar]) {
        sorted = Set(scalars.map(EncodedValue.bytes)).sorted { $0.lexicographicallyPrecedes($1) }
    }

    func contains(_ scalar: Span<UInt8>) -> Bool {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            let order = scalar.order(beside: sorted[middle])
            if order == 0 { return true }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return false
    }
}

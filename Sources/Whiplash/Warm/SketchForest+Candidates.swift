import VectorIndex

extension SketchForest {
    /// The rows that may be among the best of a query.
    ///
    /// - Parameters:
    ///   - places: How many of the best have to be told surely.
    ///   - hints: Leaves out rows that surely fail.
    ///   - likely: The rows to look at; nil for all.
    func candidates(
        _ query: SketchQuery, places: Int, _ hints: HintFilter?, _ likely: LikelyRows? = nil
    ) -> CandidatePool {
        var scan = SketchScan(query, limit: places)
        var rowCount = 0
        leaves.withUnsafeBufferPointer { leaves in
            for number in leaves.indices {
                let rows = likely.flatMap { $0.rows(of: leaves[number], upTo: upperKey(ofLeaf: number)) }
                if rows?.isEmpty ?? false { continue }
                rowCount += rows?.reduce(0) { $0 + $1.nonzeroBitCount } ?? leaves[number].keys.count
                let included = [UInt64].both(rows, hints?.possibleRows(leaves[number].values))
                scan.scan(leaves[number].sketches, chunk: number, included: included)
            }
        }
        return CandidatePool(&scan, ofRows: rowCount, of: self, places: places)
    }

    /// No row's key of this leaf is above.
    private func upperKey(ofLeaf leaf: Int) -> UInt64 {
        leaf + 1 < leaves.count ? leaves[leaf + 1].lowerKey : .max
    }
}

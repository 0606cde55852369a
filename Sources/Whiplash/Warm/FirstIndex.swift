extension RandomAccessCollection {
    /// The first place of which a condition holds that holds of all behind it too; `endIndex` when there is none.
    ///
    /// - Complexity: O(log count).
    func firstIndex(fromWhere holds: (Element) -> Bool) -> Index {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = index(low, offsetBy: distance(from: low, to: high) / 2)
            if holds(self[middle]) { high = middle } else { low = index(after: middle) }
        }
        return low
    }
}

extension RandomAccessCollection {
    /// The index of the first element for which `predicate` holds, or `endIndex`; those for which it does not come first.
    ///
    /// - Complexity: O(log count).
    @inlinable
    package func partitionPoint(where predicate: (Element) -> Bool) -> Index {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = index(low, offsetBy: distance(from: low, to: high) / 2)
            if predicate(self[middle]) { high = middle } else { low = index(after: middle) }
        }
        return low
    }
}

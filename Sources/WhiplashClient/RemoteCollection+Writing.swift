import JSON
import Whiplash

extension RemoteCollection {
    /// Stores items, each on its condition, in batches by count and bytes; what the protocol says of all that are checked holds of each batch.
    ///
    /// A request whose answer was lost is sent again, and a condition that then does not hold is held against what is stored: an item
    /// that is there just as it was to be stored counts as stored.
    public func write(_ writes: [ItemWrite], partially: Bool) async throws(WhiplashError) -> WriteReport {
        let (distinct, twice) = try distinct(writes, partially)
        let batches = ItemBatch.batches(of: distinct.map { writes[$0] }, connection.options)
        let reports = try await inParallel(batches, width: connection.options.width) {
            batch throws(WhiplashError) in
            let part = distinct[batch.start..<batch.start + batch.count].map { writes[$0] }
            return try await store(batch, part, partially)
        }
        var report = WriteReport(items: Array(repeating: nil, count: writes.count), failures: twice)
        for (batch, part) in zip(batches, reports) {
            for (index, item) in part.items.enumerated() {
                report.items[distinct[batch.start + index]] = item
            }
            report.failures += part.failures.map { failure in
                var failure = failure
                failure.position = distinct[batch.start + failure.position]
                failure.error = failure.error.placed(at: failure.position, of: "vectors")
                return failure
            }
        }
        report.failures.sort { $0.position < $1.position }
        return report
    }

    /// The places of the writes of which each names another item; the others have failed.
    private func distinct(
        _ writes: [ItemWrite], _ partially: Bool
    ) throws(WhiplashError) -> (positions: [Int], twice: [ItemFailure]) {
        var seen = Set<[[UInt8]]>()
        var (positions, twice) = ([Int](), [ItemFailure]())
        for (position, item) in writes.lazy.map(\.item).enumerated() {
            let name = [Array(item.id.utf8)] + (item.group.map { [Array($0.utf8)] } ?? [])
            if seen.insert(name).inserted {
                positions.append(position)
                continue
            }
            let error = WhiplashError.invalid(
                Violation(
                    field: "vectors[\(position)].id", expected: "an id once in a batch",
                    received: "the same id twice"))
            guard partially else { throw error }
            twice.append(ItemFailure(position: position, id: item.id, error: error))
        }
        return (positions, twice)
    }

    /// Sends a batch, and where it is refused for its size, its halves.
    private func store(
        _ batch: ItemBatch, _ writes: [ItemWrite], _ partially: Bool
    ) async throws(WhiplashError) -> WriteReport {
        do {
            let answer = try await connection.send(
                "POST", path + "/items/batch", body: batch.body(isPartial: partially), about: subject)
            let read = try connection.read(answer.body) { reader throws(JSONError) in
                try BatchAnswer(json: &reader)
            }
            return try await report(read, of: writes, mayBeSecond: answer.mayBeSecond)
        } catch let refusal as Refusal {
            if refusal.isOfConditionMetBefore, let stored = try await storedBefore(writes) { return stored }
            guard refusal.code == "body_too_large", batch.count > 1 else {
                throw refusal.error.named(writes).moved(by: batch.start, of: "vectors")
            }
        } catch {
            throw error as? WhiplashError ?? .unreachable(connection.url, "\(error)")
        }
        var whole = WriteReport(items: [], failures: [])
        for half in batch.halves {
            let start = half.start - batch.start
            let part = try await store(half, Array(writes[start..<start + half.count]), partially)
            whole.items += part.items
            whole.failures += part.failures.map { failure in
                var failure = failure
                failure.position += start
                return failure
            }
        }
        return whole
    }

    private func report(
        _ answer: BatchAnswer, of writes: [ItemWrite], mayBeSecond: Bool
    ) async throws(WhiplashError) -> WriteReport {
        var report = WriteReport(items: writes.map { stored($0.item, answer.version) }, failures: [])
        for refused in answer.refused where writes.indices.contains(refused.index) {
            let id = writes[refused.index].item.id
            let error = WhiplashError(
                status: refused.fault?.status ?? 400, refused.fault, Subject(resource: .item, name: id),
                url: connection.url)
            report.items[refused.index] = nil
            report.failures.append(ItemFailure(position: refused.index, id: id, error: error))
        }
        if mayBeSecond { try await confirm(&report, of: writes) }
        return report
    }

    /// An item as the API has stored it.
    private func stored(_ item: Item, _ version: ItemVersion?) -> Item {
        var item = item
        item.vector = configuration.vectorType.rounded(item.vector)
        item.version = version
        return item
    }

    /// What is stored when it is all just what was to be stored; nil when it is not.
    private func storedBefore(_ writes: [ItemWrite]) async throws(WhiplashError) -> WriteReport? {
        let found = try await items(of: writes)
        let isStored = zip(writes, found).allSatisfy { stored($0.item, nil) == $1 }
        return isStored ? WriteReport(items: found, failures: []) : nil
    }

    /// Takes conditions that failed because an attempt before had stored the item as what they are: stored.
    private func confirm(_ report: inout WriteReport, of writes: [ItemWrite]) async throws(WhiplashError) {
        let doubtful = report.failures.filter { if case .conditionFailed = $0.error { true } else { false } }
        if doubtful.isEmpty { return }
        let found = try await items(of: doubtful.map { writes[$0.position] })
        for (failure, item) in zip(doubtful, found)
        where stored(writes[failure.position].item, nil) == item {
            report.items[failure.position] = item
            report.failures.removeAll { $0.position == failure.position }
        }
    }

    /// What is stored under the names of items.
    private func items(of writes: [ItemWrite]) async throws(WhiplashError) -> [Item?] {
        var found = [Item?](repeating: nil, count: writes.count)
        for (group, indices) in Dictionary(grouping: writes.indices, by: { writes[$0].item.group }) {
            let part = try await items(ids: indices.map { writes[$0].item.id }, in: group)
            for (index, item) in zip(indices, part) { found[index] = item }
        }
        return found
    }
}

extension WhiplashError {
    /// A condition that failed, with the id of the item that its field names.
    fileprivate func named(_ writes: [ItemWrite]) -> WhiplashError {
        guard case .conditionFailed(_, let version, let field) = self, let index = Self.index(in: field),
            writes.indices.contains(index)
        else { return self }
        return .conditionFailed(id: writes[index].item.id, version: version, field: field)
    }

    /// A field such as `vectors[3].id` with another number.
    fileprivate func placed(at position: Int, of name: String) -> WhiplashError {
        switch self {
        case .invalid(let violation):
            moved(by: position - (Self.index(in: violation.field) ?? position), of: name)
        case .tooLarge(let field, _, _), .conditionFailed(_, _, let field):
            moved(by: position - (Self.index(in: field) ?? position), of: name)
        default: self
        }
    }

    private static func index(in field: String) -> Int? {
        guard let start = field.firstIndex(of: "["), let end = field.firstIndex(of: "]") else { return nil }
        return Int(field[field.index(after: start)..<end])
    }
}

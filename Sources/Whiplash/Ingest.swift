/// Stores many items from a source that is read as it goes: in batches, several at a time.
///
/// No more than `width` + 1 batches are in memory. Of an id that comes more than once (in one group) the last item stays, as if they were
/// stored one after the other. What fails can be taken up again where `IngestFailure.storedCount` says.
///
/// ```swift
/// let count = try await Ingest(into: collection).run { items.popFirst() }
/// ```
public struct Ingest<Target: ItemCollection> {
    private let target: Target
    /// Items of a batch, 1 to 10,000.
    public var batchSize = 1000
    /// The size of a batch as `Item.roughSizeBytes` reckons it; a single item may be larger.
    public var batchBytes = 4_000_000
    /// Batches under way at a time.
    public var width = 4

    public init(into target: Target) { self.target = target }

    /// Reads items until `next` gives nil, and stores them.
    ///
    /// After a failure nothing more is read, and what is under way comes to its end.
    ///
    /// - Parameter progress: Told how many of the first items are stored for sure, each time they become more.
    /// - Returns: How many items there were.
    public func run(
        progress: (Int) -> Void = { _ in }, _ next: () async throws -> Item?
    ) async throws(IngestFailure) -> Int {
        var progressed = IngestProgress()
        var failure: Batch.Failure?
        await withTaskGroup(of: Batch.Outcome.self) { group in
            func finishOne() async -> Bool {
                guard let outcome = await group.next() else { return false }
                if progressed.finish(outcome) { progress(progressed.storedCount) }
                if failure == nil { failure = outcome.failure }
                return true
            }
            do {
                var source = BatchSource(size: batchSize, bytes: batchBytes)
                while failure == nil, let batch = try await source.next(next) {
                    while progressed.underWay >= width || progressed.touches(batch) {
                        guard await finishOne() else { break }
                    }
                    if failure != nil { break }
                    progressed.start(batch)
                    let target = target
                    group.addTask { await batch.store(in: target) }
                }
            } catch {
                failure = Batch.Failure(item: nil, cause: error)
            }
            while await finishOne() {}
        }
        if let failure {
            throw IngestFailure(
                storedCount: progressed.storedCount, item: failure.item, cause: failure.cause)
        }
        return progressed.storedCount
    }
}

/// Why an `Ingest` ended before its source did.
public struct IngestFailure: Error {
    /// The first so many items of the source are stored. Of those behind, some may be; to store them again does no harm.
    public var storedCount: Int
    /// The item at fault, counted from 0, where it is a single one's.
    public var item: Int?
    /// What the source threw, or a `WhiplashError` of the collection. Its field is the item's own, such as `vector`, where `item` is told.
    public var cause: any Error
}

extension IngestFailure: CustomStringConvertible {
    public var description: String {
        (item.map { "item \($0 + 1): " } ?? "") + "\(cause); the first \(storedCount) items are stored"
    }
}

extension Item {
    /// About what the item takes on the way, in bytes: its vector in base64, its texts as they stand.
    public var roughSizeBytes: Int {
        let texts =
            id.utf8.count + (group?.utf8.count ?? 0) + (metadata?.text.utf8.count ?? 0)
            + (text?.utf8.count ?? 0)
        return vector.count * 16 / 3 + texts + 64
    }
}

/// Takes batches out of a source.
private struct BatchSource {
    let size: Int
    let bytes: Int
    private var readCount = 0
    /// Read, and too large for the batch before.
    private var held: Item?

    init(size: Int, bytes: Int) { (self.size, self.bytes) = (size, bytes) }

    /// Nil at the source's end.
    mutating func next(_ source: () async throws -> Item?) async throws -> Batch? {
        var batch = Batch(start: readCount)
        while batch.count < size {
            let item: Item
            if let held {
                item = held
            } else {
                guard let read = try await source() else { break }
                item = read
            }
            held = nil
            if batch.count > 0, batch.sizeBytes + item.roughSizeBytes > bytes {
                held = item
                break
            }
            batch.add(item)
        }
        readCount += batch.count
        return batch.count == 0 ? nil : batch
    }
}

/// Items that are stored at once.
private struct Batch: Sendable {
    /// The place of its first item in the source.
    let start: Int
    /// How many items of the source it stands for.
    private(set) var count = 0
    private(set) var sizeBytes = 0
    private(set) var items: [Item] = []
    /// The place of each item within the batch's part of the source.
    private var places: [Int] = []
    /// Where the item of a name is.
    private(set) var positions: [ItemName: Int] = [:]

    init(start: Int) { self.start = start }

    /// Adds an item, in the place of one with its name.
    mutating func add(_ item: Item) {
        if let position = positions[item.name] {
            (items[position], places[position]) = (item, count)
        } else {
            positions[item.name] = items.count
            items.append(item)
            places.append(count)
        }
        sizeBytes += item.roughSizeBytes
        count += 1
    }

    struct Failure: Sendable {
        var item: Int?
        var cause: any Error
    }

    struct Outcome: Sendable {
        var batch: Batch
        var failure: Failure?
    }

    func store(in target: some ItemCollection) async -> Outcome {
        do {
            try await target.insert(items)
            return Outcome(batch: self, failure: nil)
        } catch {
            return Outcome(batch: self, failure: failure(error))
        }
    }

    /// An error whose field is one of an item's, told of that item.
    private func failure(_ error: WhiplashError) -> Failure {
        switch error {
        case .invalid(var violation):
            guard let (position, field) = itemField(violation.field), places.indices ~= position else {
                break
            }
            violation.field = field
            return Failure(item: start + places[position], cause: WhiplashError.invalid(violation))
        case .tooLarge(let field, let limit, let received):
            guard let (position, field) = itemField(field), places.indices ~= position else { break }
            let cause = WhiplashError.tooLarge(field: field, limitBytes: limit, receivedBytes: received)
            return Failure(item: start + places[position], cause: cause)
        default: break
        }
        return Failure(item: nil, cause: error)
    }
}

/// `vectors[3].vector` taken apart: 3 and `vector`.
private func itemField(_ field: String) -> (Int, String)? {
    guard field.hasPrefix("vectors["), let end = field.firstIndex(of: "]"),
        let position = Int(field[..<end].dropFirst("vectors[".count))
    else { return nil }
    let rest = field[field.index(after: end)...]
    return (position, String(rest.hasPrefix(".") ? rest.dropFirst() : rest))
}

/// Which batches are under way, and how far all before them are stored.
private struct IngestProgress {
    private(set) var storedCount = 0
    private(set) var underWay = 0
    private var names = Set<ItemName>()
    /// Batches that were stored before one that stands before them: where they start, and how long they are.
    private var ahead: [Int: Int] = [:]

    /// Whether an item of this batch is just being stored: the later one has to wait.
    func touches(_ batch: Batch) -> Bool {
        underWay > 0 && batch.positions.keys.contains { names.contains($0) }
    }

    mutating func start(_ batch: Batch) {
        underWay += 1
        names.formUnion(batch.positions.keys)
    }

    /// - Returns: Whether more of the first items are stored now.
    mutating func finish(_ outcome: Batch.Outcome) -> Bool {
        underWay -= 1
        names.subtract(outcome.batch.positions.keys)
        if outcome.failure != nil { return false }
        ahead[outcome.batch.start] = outcome.batch.count
        let before = storedCount
        while let count = ahead.removeValue(forKey: storedCount) { storedCount += count }
        return storedCount > before
    }
}

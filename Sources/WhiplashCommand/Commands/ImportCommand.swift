import ArgumentParser
import Foundation
import ItemFiles
import JSON
import VectorIndex
import Whiplash

/// `whiplash import`
struct ImportCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Store the items of a file: JSON Lines, CSV or .npy.",
        discussion: """
            An item takes the place of one with its id; of an id that comes twice the last stays. The file is read as it \
            goes, whatever its size. What breaks off is taken up again with --resume.

            JSON Lines: {"id", "vector", "group"?, "metadata"?, "text"?, "timestamp"?, "expires_at"?} on each line, the vector an array or base64 of \
            little-endian float32. CSV: a header line; the columns id, group, text, metadata (a JSON object), timestamp, expires_at, and vector (a JSON array or base64) or \
            one column for each number: v0, v1, …
            .npy: float16, float32 or float64, two dimensions, rows first; the ids in a file beside it.

            EXAMPLES
              whiplash import library/books books.jsonl --create
              whiplash import library/books books.csv --other-columns metadata --typed
              whiplash import library/books vectors.npy --ids ids.txt --create --metric dot
              whiplash import library/essays essays.jsonl --create --text-index --filterable lang
              zcat books.jsonl.gz | whiplash import library/books - --create
              whiplash import library/books books.jsonl --resume
            """)
    @OptionGroup var target: TargetOptions
    @OptionGroup var file: FileOptions
    @Flag(help: "Answer in JSON: {\"stored\"}.") var json = false
    @Flag(help: "Go on where an import of this file broke off.") var resume = false
    @Flag(
        help:
            "Create the collection if it is not there; its dimension is that of the first vector, and it has groups if the first item has one."
    )
    var create = false
    @Option(help: "The metric of a collection that is created.") var metric = Metric.cosine
    @Option(help: "What a collection that is created stores vectors as.") var vectorType = VectorType.float32
    @Option(
        help:
            "A metadata key that a collection that is created keeps in its index for filters; up to 8 times.")
    var filterable: [String] = []
    @Flag(help: "Keep an index of the words of texts in a collection that is created, for search --text.")
    var textIndex = false
    @Option(help: "The group of items that name none.") var group: String?
    @Flag(help: "Number the rows of a .npy file in place of ids, from 0.") var rowIds = false
    @Option(help: "The CSV column of the ids.") var idColumn = "id"
    @Option(help: "The CSV column of whole vectors.") var vectorColumn = "vector"
    @Option(help: "What stands before the number in the names of CSV columns of single components.")
    var componentPrefix = "v"
    @Option(help: "What becomes of other CSV columns: refuse, ignore, or metadata, as strings.")
    var otherColumns = CSVReader.OtherColumns.refuse
    @Flag(
        help:
            "With --other-columns metadata: fields without quotes that are numbers as JSON writes them, true or false become these and not strings."
    )
    var typed = false
    @Option(help: "Items of a batch, 1 to 10000.") var batch = 1000
    @Option(help: "Batches under way at a time.") var width = 4
    @Flag(help: "Keep no state for --resume.") var noState = false
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "The file; - is standard input.") var path: String

    func validate() throws {
        if !(1...10_000 ~= batch) { throw ValidationError("--batch has to be 1 to 10000.") }
        if !(1...64 ~= width) { throw ValidationError("--width has to be 1 to 64.") }
        if !create, textIndex || !filterable.isEmpty {
            throw ValidationError("--text-index and --filterable are for a collection that --create makes.")
        }
        if typed, otherColumns != .metadata {
            throw ValidationError("--typed goes with --other-columns metadata.")
        }
        if resume, path == "-" || noState { throw ValidationError("--resume needs a file and its state.") }
    }

    func perform() async throws {
        try refuseCompressed()
        let place = try target.place()
        let (items, reader) = try await opened(try place.open(creating: create, attempts: 10))
        let state = try startState(place, items)
        let count = try await run(state, items, try reader ?? self.reader(state.position))
        if json {
            sayJSON { $0.writeObject { $0.member("stored", count) } }
        } else {
            Terminal.say("Stored \(count) items in \(collection).")
        }
    }

    private func refuseCompressed() throws {
        try file.ids.flatMap(CompressedFile.init)?.refuseBeside()
        guard let compressed = file.compressed(path) else { return }
        var command = "whiplash import \(collection)" + (create ? " --create" : "")
        if compressed.format == .npy {
            command += rowIds ? " --row-ids" : " --ids \(file.idsPath(of: compressed.unpackedPath))"
        }
        try compressed.refuseReading(by: command)
    }

    /// The collection; and where it was made by the look of the file's first item, the file's reader.
    private func opened(
        _ database: any VectorDatabase
    ) async throws -> (items: any ItemCollection, reader: (any ItemReader)?) {
        do {
            return (try await database.collection(collection.collection, in: collection.project), nil)
        } catch {
            guard case .notFound = error else { throw error }
            guard create else {
                throw CommandFailure("\(error); --create makes the collection", code: .notFound)
            }
        }
        let reader = FirstItemReader(try reader(.start))
        guard let first = try reader.look() else {
            throw CommandFailure("\(path) holds no items", code: .refused)
        }
        return (try await make(like: first, database), reader)
    }

    private func make(like first: Item, _ database: any VectorDatabase) async throws -> any ItemCollection {
        var new = NewCollection(name: collection.collection, featureCount: first.vector.count)
        (new.metric, new.grouping, new.vectorType) = (metric, group != nil || first.group != nil, vectorType)
        (new.filterable, new.textIndex) = (filterable, textIndex)
        return try await create(new, database)
    }

    private func create(
        _ new: NewCollection, _ database: any VectorDatabase
    ) async throws -> any ItemCollection {
        try await database.createCollection(new, in: collection.project)
    }

    private func reader(_ position: FilePosition) throws -> any ItemReader {
        switch try file.format(of: path) {
        case .jsonl: return try JSONLinesReader(path, from: position)
        case .csv: return try CSVReader(path, try csvOptions(), from: position)
        case .npy: return try NumPyReader(path, ids: try ids(), from: position)
        }
    }

    private func csvOptions() throws -> CSVReader.Options {
        var options = CSVReader.Options()
        options.delimiter = try file.delimiter(of: path)
        (options.idColumn, options.vectorColumn) = (idColumn, vectorColumn)
        (options.componentPrefix, options.otherColumns) = (componentPrefix, otherColumns)
        options.typed = typed
        return options
    }

    private func ids() throws -> NumPyReader.IDs {
        if rowIds { return .numbers }
        let ids = file.idsPath(of: path)
        guard FileManager.default.fileExists(atPath: ids) else {
            throw CommandFailure(
                "\(path): where are the ids? There is no \(ids). Give --ids FILE, or --row-ids for the rows' numbers.",
                code: .refused)
        }
        return file.ids(of: path)
    }
}

// MARK: - The work

extension ImportCommand {
    private var stateFile: TransferStateFile? {
        path == "-" || noState ? nil : TransferStateFile(beside: path, "import")
    }

    private func startState(_ place: Place, _ items: any ItemCollection) throws -> TransferState {
        let it = items.configuration
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        let work = [
            "import", "into \(place.description)", it.id, "created \(it.createdAt)",
            "format \(try file.format(of: path).rawValue)",
            "\(size) bytes", "changed \(changed)", "ids \(rowIds ? "row numbers" : file.ids ?? "beside")",
            "group \(group ?? "")",
            "other columns \(otherColumns.rawValue)\(typed ? ", typed" : "")",
        ]
        if resume, let stateFile { return try stateFile.resumed(work) }
        stateFile?.remove()
        return TransferState(work: work)
    }

    /// - Returns: How many items were stored, those of the runs before included.
    private func run(
        _ start: TransferState, _ items: any ItemCollection, _ reader: any ItemReader
    ) async throws -> Int {
        let (before, stateFile) = (start.count, stateFile)
        if before > 0 { Terminal.note("Resuming behind \(before) items.") }
        var state = start
        var positions = PositionLog(start.position)
        var bar = ProgressBar("Importing", total: nil, after: before, fraction: reader.fraction ?? 0)
        defer { bar.clear() }
        var stateFailure: (any Error)?
        Interruption.watch()
        do {
            let count = try await ingest(
                items,
                progress: { stored in
                    state.count = before + stored
                    state.position = positions.take(stored)
                    do { try stateFile?.save(state) } catch { stateFailure = error }
                    bar.show(state.count, fraction: reader.fraction)
                },
                next: {
                    if let stateFailure { throw stateFailure }
                    try Interruption.check()
                    guard var item = try reader.next() else { return nil }
                    if let group, item.group == nil { item.group = group }
                    positions.append(reader.position)
                    return item
                })
            bar.finish(before + count)
            stateFile?.remove()
            return before + count
        } catch let failure as IngestFailure {
            throw explained(failure, before: before, positions, hasState: stateFile != nil)
        }
    }

    private func ingest(
        _ items: some ItemCollection, progress: (Int) -> Void, next: () throws -> Item?
    ) async throws -> Int {
        var ingest = Ingest(into: items)
        (ingest.batchSize, ingest.width) = (batch, width)
        return try await ingest.run(progress: progress, next)
    }

    private func explained(
        _ failure: IngestFailure, before: Int, _ positions: PositionLog, hasState: Bool
    ) -> CommandFailure {
        let cause = CommandFailure(failure.cause) ?? CommandFailure("\(failure.cause)")
        let place = failure.item.map { item in "\(path), \(self.place(of: item, before, positions)): " } ?? ""
        let stored = before + failure.storedCount
        if cause.code == .interrupted {
            return CommandFailure(interrupted(stored, hasState: hasState), code: .interrupted)
        }
        let advice =
            hasState && stored > 0
            ? "go on with --resume"
            : "run it again from the start: that changes nothing of what is stored"
        return CommandFailure(
            "\(place)\(cause.description)\nThe first \(stored) items are stored. When this is mended, \(advice).",
            code: cause.code)
    }

    private func interrupted(_ stored: Int, hasState: Bool) -> String {
        let again =
            hasState && stored > 0 ? "The same command with --resume goes on" : "The same command begins anew"
        return "interrupted\nThe first \(stored) items are stored. \(again)."
    }

    private func place(of item: Int, _ before: Int, _ positions: PositionLog) -> String {
        switch try? file.format(of: path) {
        case .npy: "row \(before + item)"
        default: "line \(positions.position(after: item + 1).line)"
        }
    }
}

/// Where items that were read end, until they are stored.
private struct PositionLog {
    private var first: FilePosition
    private var positions: [FilePosition] = []
    /// How many items lie before those of `positions`.
    private var dropped = 0

    init(_ start: FilePosition) { first = start }

    mutating func append(_ position: FilePosition) { positions.append(position) }

    /// Where the first `count` items end, which are no fewer than were taken.
    func position(after count: Int) -> FilePosition {
        let index = count - dropped - 1
        return positions.indices ~= index ? positions[index] : first
    }

    /// Where the first `count` items end; what lies before is not asked for again.
    mutating func take(_ count: Int) -> FilePosition {
        let found = position(after: count)
        positions.removeFirst(min(positions.count, max(0, count - dropped)))
        (first, dropped) = (found, max(dropped, count))
        return found
    }
}

extension CSVReader.OtherColumns: ExpressibleByArgument {}

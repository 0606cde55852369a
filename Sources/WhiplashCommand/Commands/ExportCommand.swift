import ArgumentParser
import Foundation
import ItemFiles
import JSON
import Whiplash

/// `whiplash export`
struct ExportCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a collection's items to a file: JSON Lines, CSV or .npy.",
        discussion: """
            The file is written page by page, and 'whiplash import' reads it back bit by bit. What breaks off is taken up again with \
            --resume. Items that are stored or deleted meanwhile may be in it or not. A filter is asked of every item, so that it makes the \
            file smaller and not the reading.

            A .npy file holds the vectors as float32, and a second file the ids: .ids.jsonl beside it, with metadata and texts, or what \
            --ids names.

            EXAMPLES
              whiplash export library/books books.jsonl
              whiplash export library/books books.npy
              whiplash export library/books books.npy --ids ids.txt
              whiplash export library/books recent.jsonl --filter '{"year": {"$gte": 1900}}'
              whiplash export library/books - | gzip >books.jsonl.gz
              whiplash export library/books books.jsonl --resume
            """)
    @OptionGroup var target: TargetOptions
    @OptionGroup var file: FileOptions
    @Flag(help: "Answer in JSON: {\"exported\"}.") var json = false
    @Flag(help: "Go on where an export to this file broke off.") var resume = false
    @Flag(help: "Write over a file that is there.") var force = false
    @Flag(help: "Vectors as base64 of little-endian float32 in JSON Lines and CSV: smaller and faster.")
    var base64 = false
    @OptionGroup var selection: ItemSelection
    @Option(help: "Items of a page, 1 to 1000.") var page = 1000
    @Argument(help: "As PROJECT/COLLECTION.") var collection: CollectionPath
    @Argument(help: "The file; - is standard output.") var path = "-"

    func validate() throws {
        if !(1...1000 ~= page) { throw ValidationError("--page has to be 1 to 1000.") }
        if path == "-", json {
            throw ValidationError("--json answers on standard output, where the items go.")
        }
        if path == "-", resume { throw ValidationError("--resume needs a file.") }
    }

    func perform() async throws {
        // Before a file is made.
        try selection.check()
        try file.compressed(path)?.refuseWriting(by: "whiplash export \(collection)")
        let place = try target.place()
        let items = try await place.open(creating: false, attempts: 10).collection(
            collection.collection, in: collection.project)
        var state = try startState(place, items)
        let writer = try writer(state, items.configuration)
        let total = selection.isWhole ? await items.totalForBar() : nil
        do {
            try await run(&state, writer, items, total: total)
        } catch {
            let cause = CommandFailure(error) ?? CommandFailure("\(error)")
            guard path != "-", state.cursor != nil else { throw cause }
            let advice =
                cause.code == .interrupted
                ? "The same command with --resume goes on." : "When this is mended, go on with --resume."
            throw CommandFailure(
                "\(cause.description)\n\(state.count) items are written. \(advice)", code: cause.code)
        }
        if path == "-" { return }
        if json {
            sayJSON { $0.writeObject { $0.member("exported", state.count) } }
        } else {
            Terminal.say("Wrote \(state.count) items of \(collection) to \(path).")
        }
    }

    private var stateFile: TransferStateFile? {
        path == "-" ? nil : TransferStateFile(beside: path, "export")
    }

    private func startState(_ place: Place, _ items: any ItemCollection) throws -> TransferState {
        let it = items.configuration
        let work =
            [
                "export", "from \(place.description)", it.id, "created \(it.createdAt)",
                "format \(try file.format(of: path).rawValue)",
                "ids \(file.ids ?? "beside")", base64 ? "base64" : "arrays",
                "delimiter \(try file.delimiter(of: path))",
            ]
            + selection.work
        if it.grouping, try file.format(of: path) == .npy, case .lines(let ids) = file.ids(of: path) {
            throw CommandFailure(
                "\(ids): ids without their groups would not do; name it .jsonl", code: .refused)
        }
        if resume, let stateFile { return try stateFile.resumed(work) }
        if path != "-", !force, FileManager.default.fileExists(atPath: path) {
            throw CommandFailure(
                "\(path) is there already; --force writes over it, --resume goes on.", code: .conflict)
        }
        stateFile?.remove()
        return TransferState(work: work)
    }

    private func writer(_ state: TransferState, _ it: CollectionConfiguration) throws -> any ItemWriter {
        let lengths = state.lengths.isEmpty ? nil : state.lengths
        return switch try file.format(of: path) {
        case .jsonl: try JSONLinesWriter(path, packsVectors: base64, keeping: lengths)
        case .csv:
            try CSVWriter(
                path, isGrouped: it.grouping, delimiter: file.delimiter(of: path), packsVectors: base64,
                keeping: lengths)
        case .npy:
            try NumPyWriter(path, ids: file.ids(of: path), dimension: it.featureCount, keeping: lengths)
        }
    }

    private func run(
        _ state: inout TransferState, _ writer: any ItemWriter, _ items: any ItemCollection, total: Int?
    ) async throws {
        var bar = ProgressBar("Exporting", total: total, after: state.count)
        defer { bar.clear() }
        if stateFile != nil { Interruption.watch() }
        let isResumed = state.cursor != nil
        if isResumed { Terminal.note("Resuming behind \(state.count) items.") }
        repeat {
            let found = try await selection.page(of: items, limit: page, cursor: state.cursor)
            for item in found.items { try writer.write(item) }
            state.count += found.items.count
            state.cursor = found.cursor
            if let stateFile, found.cursor != nil {
                state.lengths = try writer.flush()
                try stateFile.save(state)
            }
            bar.show(state.count)
            if state.cursor != nil { try Interruption.check() }
        } while state.cursor != nil
        try writer.finish()
        stateFile?.remove()
        if path != "-" { bar.finish(state.count) }
    }
}

extension ItemSelection {
    /// What the state of an export keeps of it.
    fileprivate var work: [String] {
        [
            "group \(group ?? "")", filter.map { "filter \($0)" } ?? "no filter",
            prefix.map { "prefix '\($0)'" } ?? "no prefix",
        ]
    }
}
